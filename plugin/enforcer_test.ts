// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { AuditRecord, AuditSink } from "./audit_sink.ts";
import {
  type AccessPolicy,
  type AccessRequest,
  type AccessRules,
  Enforcer,
  manifestRules,
} from "./enforcer.ts";
import { PluginError } from "./errors.ts";

const REQUEST: AccessRequest = {
  capability: "tool.weather",
  plugin: "weather",
  workspaceId: "home",
  userId: "ada",
  sessionId: "s1",
};

const EVERYTHING: AccessRules = { allow: ["*"] };

function policyOf(
  rules: Partial<Record<keyof AccessPolicy, AccessRules | undefined>>,
): AccessPolicy {
  const all = { plugin: EVERYTHING, workspace: EVERYTHING, user: EVERYTHING, ...rules };
  return { plugin: () => all.plugin, workspace: () => all.workspace, user: () => all.user };
}

function enforcerOf(policy: AccessPolicy): { enforcer: Enforcer; records: AuditRecord[] } {
  const records: AuditRecord[] = [];
  const audit: AuditSink = { append: async (entry) => void records.push(entry) };
  let count = 0;
  const now = () => new Date("2026-01-02T03:04:05Z");
  const newId = () => `id${++count}`;
  return { enforcer: new Enforcer({ audit, policy, now, newId }), records };
}

Deno.test("Enforcer refuses to be made without an audit sink", () => {
  const policy = policyOf({});
  for (const audit of [undefined, null, {}, { append: true }]) {
    // @ts-expect-error An audit sink is not optional, whatever the caller says.
    assertThrows(() => new Enforcer({ policy, audit }), TypeError, "audit sink");
  }
});

Deno.test("Enforcer.authorize() allows what all allow and none denies", async (t) => {
  type Rules = Parameters<typeof policyOf>[0];
  const cases: [string, Rules, Partial<AccessRequest>, boolean, string][] = [
    ["all allow", {}, {}, true, "the plugin's manifest, the workspace and the user allow it"],
    [
      "by exact names",
      {
        plugin: { allow: ["tool.weather"] },
        workspace: { allow: ["tool.*"] },
        user: { allow: ["a", "tool.weather"] },
      },
      {},
      true,
      "the plugin's manifest, the workspace and the user allow it",
    ],
    [
      "the manifest does not ask",
      { plugin: { allow: ["tool.other"] } },
      {},
      false,
      "the plugin's manifest does not allow it",
    ],
    [
      "the manifest asks for nothing",
      { plugin: { allow: [] } },
      {},
      false,
      "the plugin's manifest does not allow it",
    ],
    [
      "the workspace does not allow",
      { workspace: { allow: [] } },
      {},
      false,
      "the workspace does not allow it",
    ],
    [
      "the user does not allow",
      { user: { allow: ["tool"] } },
      {},
      false,
      "the user does not allow it",
    ],
    [
      "the manifest denies",
      { plugin: { allow: ["*"], deny: ["tool.*"] } },
      {},
      false,
      "the plugin's manifest denies tool.*",
    ],
    [
      "the workspace denies",
      { workspace: { allow: ["tool.weather"], deny: ["tool.weather"] } },
      {},
      false,
      "the workspace denies tool.weather",
    ],
    ["the user denies", { user: { allow: ["*"], deny: ["*"] } }, {}, false, "the user denies *"],
    [
      "a denial comes before a lack",
      { plugin: { allow: [] }, user: { allow: [], deny: ["tool.*"] } },
      {},
      false,
      "the user denies tool.*",
    ],
    ["an unknown plugin", { plugin: undefined }, {}, false, "the plugin's manifest is unknown"],
    ["an unknown workspace", { workspace: undefined }, {}, false, "the workspace is unknown"],
    ["an unknown user", { user: undefined }, {}, false, "the user is unknown"],
    [
      "a plugin for itself",
      { workspace: undefined, user: undefined },
      { workspaceId: undefined, userId: undefined },
      true,
      "the plugin's manifest, the workspace and the user allow it",
    ],
    [
      "a scope that is denied",
      { user: { allow: ["*"], deny: ["fs.read:/keys/**"] } },
      { capability: "fs.read:/keys/a" },
      false,
      "the user denies fs.read:/keys/**",
    ],
    [
      "another scope",
      { user: { allow: ["*"], deny: ["fs.read:/keys/**"] } },
      { capability: "fs.read:/a" },
      true,
      "the plugin's manifest, the workspace and the user allow it",
    ],
    [
      "no scope, which reaches the denied one",
      { user: { allow: ["*"], deny: ["fs.read:/keys/**"] } },
      { capability: "fs.read" },
      false,
      "the user denies fs.read:/keys/**",
    ],
    ["a star", {}, { capability: "tool.*" }, false, "only a pattern may have a star"],
    ["nothing", {}, { capability: "" }, false, 'Cannot read the capability "": it is empty'],
    [
      "a malformed denial",
      { workspace: { allow: ["*"], deny: ["a..b"] } },
      {},
      false,
      'Cannot read the capability "a..b": a segment is empty',
    ],
    [
      "a malformed allowance",
      { workspace: { allow: ["a..b"] } },
      {},
      false,
      'Cannot read the capability "a..b": a segment is empty',
    ],
  ];
  for (const [name, rules, request, allowed, reason] of cases) {
    await t.step(name, async () => {
      const { enforcer, records } = enforcerOf(policyOf(rules));
      assertEquals(await enforcer.authorize({ ...REQUEST, ...request }), { allowed, reason });
      assertEquals(records.map(({ result, details }) => [result, details.reason]), [
        [allowed ? "allowed" : "denied", reason],
      ]);
    });
  }
});

Deno.test("Enforcer.authorize() records who wanted what, where", async () => {
  const { enforcer, records } = enforcerOf(policyOf({}));
  await enforcer.authorize(REQUEST);
  await enforcer.authorize({ capability: "kv.read", plugin: "weather" });
  const both = { timestamp: new Date("2026-01-02T03:04:05Z"), action: "capability.check" };
  const reason = "the plugin's manifest, the workspace and the user allow it";
  assertEquals(records, [
    {
      ...both,
      id: "id1",
      actor: "ada",
      plugin: "weather",
      workspaceId: "home",
      sessionId: "s1",
      details: { capability: "tool.weather", reason },
      result: "allowed",
    },
    {
      ...both,
      id: "id2",
      actor: "weather",
      plugin: "weather",
      workspaceId: "",
      sessionId: "",
      details: { capability: "kv.read", reason },
      result: "allowed",
    },
  ]);
});

Deno.test("Enforcer.authorize() denies what cannot be recorded", async () => {
  const audit: AuditSink = { append: () => Promise.reject(new Error("disk full")) };
  const enforcer = new Enforcer({ audit, policy: policyOf({}) });
  assertEquals(await enforcer.authorize(REQUEST), {
    allowed: false,
    reason: "the decision could not be recorded",
  });
});

Deno.test("Enforcer.authorize() denies, without telling why, when the rules fail", async () => {
  const policy = { ...policyOf({}), user: () => Promise.reject(new Error("secret: hunter2")) };
  const { enforcer, records } = enforcerOf(policy);
  const decision = { allowed: false, reason: "the rules could not be read" };
  assertEquals(await enforcer.authorize(REQUEST), decision);
  assertEquals(records.length, 1);
});

Deno.test("Enforcer.authorize() asks for the rules anew each time", async () => {
  let rules = EVERYTHING;
  const { enforcer } = enforcerOf({ ...policyOf({}), user: async () => rules });
  assertEquals((await enforcer.authorize(REQUEST)).allowed, true);
  rules = { allow: ["*"], deny: ["tool.weather"] };
  assertEquals((await enforcer.authorize(REQUEST)).allowed, false);
});

Deno.test("Enforcer.authorize() keeps a huge capability out of the record", async () => {
  const { enforcer, records } = enforcerOf(policyOf({}));
  await enforcer.authorize({ ...REQUEST, capability: "a".repeat(1_000_000) });
  assertEquals(records[0]?.details.capability?.length, 201);
});

Deno.test("Enforcer.enforce() throws what is denied", async () => {
  const { enforcer } = enforcerOf(policyOf({ user: { allow: [] } }));
  const error = await assertRejects(() => enforcer.enforce(REQUEST), PluginError);
  assertEquals(error.code, "denied");
  assertEquals(error.plugin, "weather");
  assertEquals(
    error.message,
    'Cannot let plugin "weather" use tool.weather: the user does not allow it',
  );
  await assertRejects(
    () => enforcer.enforce({ ...REQUEST, plugin: "" }),
    PluginError,
    "Cannot let the gateway use",
  );
});

Deno.test("Enforcer.enforce() is silent about what is allowed", async () => {
  const { enforcer, records } = enforcerOf(policyOf({}));
  await enforcer.enforce(REQUEST);
  assertEquals(records.length, 1);
});

Deno.test("Enforcer.authorize() allows no more when a party is added or a denial is", async () => {
  const pattern = fc.constantFrom(
    "*",
    "tool.*",
    "tool.a",
    "tool.b",
    "fs.read",
    "fs.read:/a",
    "fs.*",
  );
  const rules = fc.record({ allow: fc.array(pattern), deny: fc.array(pattern) });
  const capability = fc.constantFrom(
    "tool.a",
    "tool.b",
    "fs.read",
    "fs.read:/a",
    "fs.read:/b",
    "x",
  );
  const property = fc.asyncProperty(
    rules,
    rules,
    pattern,
    capability,
    async (plugin, user, denial, capability) => {
      const ask = async (changed: Parameters<typeof policyOf>[0]) => {
        const { enforcer } = enforcerOf(policyOf(changed));
        return (await enforcer.authorize({ ...REQUEST, capability })).allowed;
      };
      const both = await ask({ plugin, user });
      assertEquals(both, await ask({ plugin }) && await ask({ user }));
      if (await ask({ plugin: { ...plugin, deny: [...plugin.deny, denial] }, user })) {
        assertEquals(both, true);
      }
    },
  );
  await fc.assert(property);
});

Deno.test("manifestRules() gives what a manifest asks for and renounces", () => {
  assertEquals(manifestRules({ capabilities: [] }), { allow: [], deny: [] });
  assertEquals(
    manifestRules({
      capabilities: [{ pattern: "tool.*", description: "All" }],
      deny_capabilities: [{ pattern: "tool.shell" }],
    }),
    { allow: ["tool.*"], deny: ["tool.shell"] },
  );
  assertEquals(
    manifestRules({ capabilities: [], storage: { kv: true }, config_schema: {} }),
    { allow: ["kv.read.self", "kv.write.self", "config.read.self"], deny: [] },
  );
});
