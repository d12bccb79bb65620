// SPDX-License-Identifier: Apache-2.0

import { HealthStatus, PluginLifecycle } from "@sigil/proto/plugin/v1/lifecycle";
import type { JsonObject } from "../sdk/json.ts";
import type { RemotePlugin } from "./_remote_plugin.ts";
import type { PluginCallOptions, PluginHealth } from "./plugin_process.ts";

const { init, health, shutdown } = PluginLifecycle.method;

/** Hands a plugin its configuration. */
export async function callInit(
  remote: RemotePlugin,
  config: JsonObject,
  options?: PluginCallOptions,
): Promise<void> {
  const { ok, error } = await remote.unary(init, { config }, options);
  if (!ok) throw remote.failure("init", error);
}

/** Asks a plugin how it is. */
export async function callHealth(
  remote: RemotePlugin,
  options?: PluginCallOptions,
): Promise<PluginHealth> {
  const { status, message } = await remote.unary(health, {}, options);
  return { status: healthWord(status), message };
}

/** Asks a plugin to finish. */
export async function callShutdown(remote: RemotePlugin, timeoutMs: number): Promise<void> {
  await remote.unary(shutdown, { timeoutSeconds: Math.ceil(timeoutMs / 1000) }, { timeoutMs });
}

function healthWord(status: HealthStatus): PluginHealth["status"] {
  switch (status) {
    case HealthStatus.HEALTHY:
      return "healthy";
    case HealthStatus.DEGRADED:
      return "degraded";
    default:
      return "unhealthy";
  }
}
