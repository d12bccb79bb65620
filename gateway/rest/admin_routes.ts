// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { jsonRoute, rawRoute, type Route } from "../route.ts";
import type { Services } from "../services.ts";
import { VERSION } from "../version.ts";
import {
  auditEntry,
  auditVerification,
  jsonObject,
  listOf,
  moment,
  page,
  status,
} from "./schemas.ts";
import { toWire } from "./wire.ts";

/** The routes of the gateway itself: its state, its record and its configuration. */
export function adminRoutes(services: Services): readonly Route[] {
  return [
    ...stateRoutes(services),
    ...auditRoutes(services),
  ];
}

function stateRoutes(services: Services): readonly Route[] {
  const common = { method: "get", tag: "Gateway" } as const;
  return [
    jsonRoute({
      ...common,
      path: "/health",
      id: "getHealth",
      summary: "Tells whether the gateway answers",
      access: "public",
      result: z.object({ status: z.literal("ok"), version: z.string() }),
    }, async () => ({ status: "ok" as const, version: VERSION })),
    rawRoute({
      ...common,
      path: "/metrics",
      id: "getMetrics",
      summary: "Gives the counters, in the text format of Prometheus",
      access: "admin",
      produces: { "text/plain": z.string() },
    }, async () =>
      new Response(services.metrics.toText(), {
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      })),
    jsonRoute({
      ...common,
      path: "/api/v1/status",
      id: "getStatus",
      summary: "Tells how the gateway and its providers are",
      access: "member",
      result: status,
    }, async () => readStatus(services)),
    jsonRoute({
      ...common,
      path: "/api/v1/config",
      id: "getConfig",
      summary: "Gives the configuration, without secrets",
      access: "admin",
      result: jsonObject,
    }, async () => services.view().redacted),
  ];
}

function readStatus(
  { clock, startedAt, answers, router, view }: Services,
): z.input<typeof status> {
  return {
    version: VERSION,
    startedAt: startedAt.toISOString(),
    uptimeSeconds: (clock.now().getTime() - startedAt.getTime()) / 1000,
    answersUnderWay: answers.size,
    rssBytes: Deno.memoryUsage().rss,
    defaultWorkspace: view().defaultWorkspaceId,
    providers: [...router.status()],
  };
}

function auditRoutes({ gatewayStore }: Services): readonly Route[] {
  const common = { method: "get", tag: "Audit", access: "admin" } as const;
  return [
    jsonRoute({
      ...common,
      path: "/api/v1/audit",
      id: "queryAudit",
      summary: "Gives entries of the audit log, the newest first",
      query: z.object({
        ...page,
        action: z.string().optional(),
        actor: z.string().optional(),
        plugin: z.string().optional(),
        workspace: z.string().optional(),
        from: moment.optional(),
        to: moment.optional(),
      }),
      result: listOf(auditEntry),
    }, async ({ query: { workspace, from, to, ...rest }, request }) => {
      const entries = await gatewayStore.auditLog.query({
        ...rest,
        workspaceId: workspace,
        signal: request.signal,
        ...(from !== undefined && { from: new Date(from) }),
        ...(to !== undefined && { to: new Date(to) }),
      });
      return { items: toWire(entries) };
    }),
    jsonRoute({
      ...common,
      path: "/api/v1/audit/verify",
      id: "verifyAudit",
      summary:
        "Walks the chain of hashes of the audit log, and names the first entry that does not fit",
      result: auditVerification,
    }, async ({ request }) => await gatewayStore.auditLog.verify({ signal: request.signal })),
  ];
}
