// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { type AccessRules, Enforcer } from "../enforcer.ts";
import { PluginError } from "../errors.ts";
import type { PluginHost, PluginOutboundMessage } from "../process/plugin_process.ts";
import { KvStore } from "./kv_store.ts";
import { createPluginHost } from "./_plugin_host.ts";

const SIGNAL = { signal: new AbortController().signal };
const MESSAGE: PluginOutboundMessage = { channel: "telegram", channelId: "c", content: "hi" };

function hostOf(allow: string[], kv?: KvStore): PluginHost {
  const rules: AccessRules = { allow };
  const enforcer = new Enforcer({
    audit: { append: async () => {} },
    policy: { plugin: () => rules, workspace: () => undefined, user: () => undefined },
  });
  const sendMessage = async ({ content }: PluginOutboundMessage) => `sent ${content}`;
  return createPluginHost({
    plugin: "echo",
    config: { unit: "celsius" },
    kv,
    context: { enforcer, sendMessage },
  });
}

const CALLS: Readonly<Record<string, [string, (host: PluginHost) => Promise<unknown>, unknown]>> = {
  kvSet: ["kv.write.self", (host) => host.kvSet("a", Uint8Array.of(1), SIGNAL), undefined],
  kvGet: ["kv.read.self", (host) => host.kvGet("a", SIGNAL), Uint8Array.of(1)],
  kvList: ["kv.read.self", (host) => host.kvList("", SIGNAL), ["a"]],
  kvDelete: ["kv.write.self", (host) => host.kvDelete("a", SIGNAL), true],
  getConfig: ["config.read.self", (host) => host.getConfig(SIGNAL), { unit: "celsius" }],
  sendMessage: ["messages.send.telegram", (host) => host.sendMessage(MESSAGE, SIGNAL), "sent hi"],
};

Deno.test("createPluginHost() answers what the enforcer allows, and nothing else", async (t) => {
  using kv = new KvStore(":memory:");
  for (const [name, [capability, call, expected]] of Object.entries(CALLS)) {
    await t.step(`${name} needs ${capability}`, async () => {
      assertEquals(await call(hostOf([capability], kv)), expected);
      const others = Object.values(CALLS).map(([other]) => other).filter((other) =>
        other !== capability
      );
      const error = await assertRejects(() => call(hostOf(others, kv)), PluginError, capability);
      assertEquals([error.code, error.plugin], ["denied", "echo"]);
    });
  }
});

Deno.test("createPluginHost() gives no store to a plugin whose manifest asks for none", async (t) => {
  for (const name of ["kvSet", "kvGet", "kvList", "kvDelete"] as const) {
    await t.step(name, async () => {
      const [, call] = CALLS[name] ?? [];
      const run = async () => await call?.(hostOf(["*"]));
      const error = await assertRejects(run, PluginError, "its manifest asks for none");
      assertEquals(error.code, "denied");
    });
  }
});
