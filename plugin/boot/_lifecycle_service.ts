// SPDX-License-Identifier: Apache-2.0

import { HealthStatus, PluginLifecycle } from "@sigil/proto/plugin/v1/lifecycle";
import type { HealthReport, Plugin } from "../sdk/mod.ts";
import { type ServedService, service } from "../transport/serve_services.ts";
import type { ContextMaker } from "./_context.ts";
import { errorText } from "./_error_text.ts";

const HEALTH_STATUS = {
  healthy: HealthStatus.HEALTHY,
  degraded: HealthStatus.DEGRADED,
  unhealthy: HealthStatus.UNHEALTHY,
} as const satisfies Record<HealthReport["status"], HealthStatus>;

/** Answers PluginLifecycle with the hooks of a plugin; `finish` lets go of what is under way. */
export function lifecycleService(
  plugin: Plugin,
  makeContext: ContextMaker,
  finish: () => Promise<void>,
): ServedService {
  return service(PluginLifecycle, {
    async init({ config = {} }, context) {
      try {
        await plugin.init?.(config, makeContext(context));
        return { ok: true };
      } catch (error) {
        return { ok: false, error: errorText(error) };
      }
    },
    async health() {
      const report = await plugin.health?.() ?? { status: "healthy" };
      return { status: HEALTH_STATUS[report.status], message: report.message ?? "" };
    },
    async shutdown() {
      await finish();
      await plugin.shutdown?.();
      return { clean: true };
    },
  });
}
