// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertObjectMatch } from "@std/assert";
import { DEFAULT_SETTINGS } from "@sigil/agent";
import { makeConfig } from "@sigil/config";
import { createRouter } from "@sigil/provider";
import { openLocalProvider } from "@sigil/provider/local";
import { openWorkspaceStores } from "@sigil/store";
import { openGatewayStore } from "@sigil/store/inmem";
import { systemClock } from "./clock.ts";
import { composeAgent, toAgentSettings } from "./compose_agent.ts";
import { toLimits } from "./config_view.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { LiveConfig } from "./live_config.ts";
import { silentLogger } from "./logger.ts";

Deno.test("toAgentSettings() gives the agent its own defaults where nothing is configured", () => {
  const { compaction: { model, ...compaction }, ...rest } = DEFAULT_SETTINGS;
  const settings = toAgentSettings(makeConfig());
  assertObjectMatch({ ...rest, ...settings }, { ...rest, compaction });
  assertEquals(settings.compaction?.model ?? "", model);
});

Deno.test("composeAgent() looks up who speaks once in a turn, and anew in the next", async () => {
  const config = makeConfig({ workspaces: { default: { members: ["ada"] } }, users: { ada: {} } });
  await using gatewayStore = await openGatewayStore();
  await using stores = await openWorkspaceStores({ backend: "inmem" }, "unused");
  await using router = createRouter({
    providers: [openLocalProvider()],
    default: "local/recall",
  });
  const { users } = gatewayStore;
  await users.create({ id: "ada", name: "Ada", role: "member", identities: [] });
  const lookedUp: string[] = [];
  const counted = new Proxy(users, {
    get: (target, key) => {
      if (key === "get") lookedUp.push("ada");
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await using agent = composeAgent({
    live: new LiveConfig(config),
    router,
    gatewayStore: { ...gatewayStore, users: counted },
    openWorkspace: () => Promise.resolve(stores),
    pluginTools: () => [],
    authorize: undefined,
    clock: systemClock,
    logger: silentLogger,
  });
  const say = async () => {
    const request = { workspaceId: "default", userId: "ada", content: "/tool memory_summary" };
    const events = await Array.fromAsync(agent.turn(request));
    return events.map(({ type }) => type);
  };
  assertEquals((await say()).includes("tool_call"), true);
  assertEquals(lookedUp, ["ada"]);
  await users.update({ id: "ada", name: "Ada", role: "guest", identities: [] });
  assertEquals((await say()).includes("tool_call"), false);
  await users.delete("ada");
  assertEquals(await say(), ["error"]);
  assertEquals(lookedUp, ["ada", "ada", "ada"]);
});

Deno.test("toLimits() gives the gateway its own defaults where nothing is configured", () => {
  assertEquals({ ...DEFAULT_LIMITS, ...toLimits(makeConfig()) }, DEFAULT_LIMITS);
});
