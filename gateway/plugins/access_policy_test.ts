// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { type ConfigInput, makeConfig } from "@sigil/config";
import type { AccessRules } from "@sigil/plugin";
import { type AuditEntry, type GatewayStore, StoreError } from "@sigil/store";
import { openGatewayStore } from "@sigil/store/inmem";
import { LiveConfig } from "../live_config.ts";
import { makeAccessPolicy } from "./access_policy.ts";
import { LazyEnforcer } from "./lazy_enforcer.ts";

const MANIFESTS: Readonly<Record<string, AccessRules>> = {
  weather: { allow: ["tool.weather.*"], deny: ["tool.weather.admin"] },
};

interface Asked {
  readonly plugin?: string;
  readonly capability?: string;
  readonly workspaceId?: string;
  readonly userId?: string;
  readonly workspaces?: ConfigInput["workspaces"];
}

async function openStore(): Promise<GatewayStore> {
  const store = await openGatewayStore();
  for (const role of ["admin", "member", "guest"]) {
    await store.users.create({ id: role, name: role, role });
  }
  return store;
}

async function decide(asked: Asked): Promise<{ allowed: boolean; entry: AuditEntry | undefined }> {
  await using store = await openStore();
  const { workspaces = {}, ...request } = asked;
  const live = new LiveConfig(makeConfig({ workspaces }));
  const { users, auditLog: audit } = store;
  const policy = makeAccessPolicy({ live, users, rulesOf: (name) => MANIFESTS[name] });
  const { allowed } = await new LazyEnforcer({ audit, policy }).authorize({
    plugin: "weather",
    capability: "tool.weather.today",
    workspaceId: "default",
    userId: "member",
    ...request,
  });
  const [entry] = await audit.query();
  return { allowed, entry };
}

function inDefault(tools: { allow?: string[]; deny?: string[] }): Asked {
  return { workspaces: { default: { tools } } };
}

Deno.test("makeAccessPolicy() allows what plugin, workspace and user all allow", async (t) => {
  const memory = { plugin: "", capability: "memory.write.self" };
  const cases: Record<string, readonly [Asked, boolean]> = {
    "what its manifest names": [{}, true],
    "what its manifest does not name": [{ capability: "messages.send.chat" }, false],
    "what its manifest renounces": [{ capability: "tool.weather.admin" }, false],
    "a plugin that does not run": [{ plugin: "gone" }, false],
    "the gateway's own tools": [memory, true],
    "an admin": [{ userId: "admin" }, true],
    "a guest": [{ userId: "guest" }, false],
    "a guest, and the gateway's own tools": [{ ...memory, userId: "guest" }, false],
    "nobody that is known": [{ userId: "stranger" }, false],
    "a workspace that is not there": [{ workspaceId: "attic" }, false],
    "a workspace that allows the plugin": [inDefault({ allow: ["weather"] }), true],
    "a workspace that allows the tool": [inDefault({ allow: ["weather.today"] }), true],
    "as the agent knows it": [inDefault({ allow: ["weather__today"] }), true],
    "by its capability": [inDefault({ allow: ["tool.weather.today"] }), true],
    "a workspace that allows another": [inDefault({ allow: ["search.*"] }), false],
    "a workspace that allows nothing": [inDefault({ allow: [] }), false],
    "a workspace that denies the plugin": [inDefault({ deny: ["weather"] }), false],
    "a workspace that denies the tool": [inDefault({ deny: ["weather.today"] }), false],
    "a workspace that denies it by its name": [inDefault({ deny: ["weather__today"] }), false],
    "a workspace that denies another tool": [inDefault({ deny: ["weather.admin"] }), true],
    "a workspace that denies memory": [{ ...memory, ...inDefault({ deny: ["memory"] }) }, false],
    "a workspace that denies to remember": [
      { ...memory, ...inDefault({ deny: ["memory.write.*"] }) },
      false,
    ],
    "a malformed pattern": [inDefault({ deny: ["a b"] }), false],
  };
  for (const [name, [asked, expected]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const { allowed, entry } = await decide(asked);
      assertEquals(allowed, expected);
      assertEquals([entry?.action, entry?.result], [
        "capability.check",
        expected ? "allowed" : "denied",
      ]);
    });
  }
});

Deno.test("LazyEnforcer denies what cannot be recorded", async () => {
  await using store = await openStore();
  const policy = makeAccessPolicy({
    live: new LiveConfig(makeConfig()),
    users: store.users,
    rulesOf: (name) => MANIFESTS[name],
  });
  const audit = { append: () => Promise.reject(new StoreError("full", "The disk is full")) };
  const { allowed } = await new LazyEnforcer({ audit, policy }).authorize({
    plugin: "weather",
    capability: "tool.weather.today",
  });
  assertEquals(allowed, false);
});
