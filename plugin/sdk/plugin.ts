// SPDX-License-Identifier: Apache-2.0

import type { ChannelPlugin } from "./channel_plugin.ts";
import type { HostClient } from "./host_client.ts";
import type { JsonObject } from "./json.ts";
import type { ProviderPlugin } from "./provider_plugin.ts";
import type { ToolPlugin } from "./tool_plugin.ts";

/** What a plugin's main module has as its default export. */
export type Plugin = ToolPlugin | ChannelPlugin | ProviderPlugin;

/** What every call of the gateway comes with. */
export interface CallContext {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** The gateway. */
  readonly host: HostClient;
}

/** How a plugin is. */
export interface HealthReport {
  /** In a word. */
  readonly status: "healthy" | "degraded" | "unhealthy";
  /** In a sentence for people. */
  readonly message?: string | undefined;
}

/** What any plugin may have. */
export interface PluginHooks {
  /**
   * Called once, before anything else, with the plugin's own section of the configuration, secrets
   * included. When it throws, the plugin is not started.
   */
  init?(config: JsonObject, context: CallContext): void | Promise<void>;
  /** Tells how the plugin is. A plugin without it is healthy as long as it answers. */
  health?(): HealthReport | Promise<HealthReport>;
  /** Called once, when the calls in flight are done and the plugin is about to end. */
  shutdown?(): void | Promise<void>;
}
