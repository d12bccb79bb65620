// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch, assertObjectMatch } from "@std/assert";
import { PairingCodes } from "../../gateway/channels/pairing_codes.ts";
import { systemClock } from "../../gateway/clock.ts";
import { GatewayError } from "../../gateway/errors.ts";
import type { PluginAdmin, PluginView } from "../../gateway/services.ts";
import { type Harness, openHarness } from "./_harness.ts";

const VIEW: PluginView = {
  name: "calc",
  version: "1.0.0",
  type: "tool",
  state: "running",
  enabled: true,
  directory: "/plugins/calc",
  capabilities: ["tool.calc.*"],
  asks: ["Uses tool.calc.*"],
  tools: ["calc__add"],
  hash: "sha256-1",
  crashes: 0,
  message: "",
  isFolderGone: false,
};

class OnePlugin implements PluginAdmin {
  view: PluginView = VIEW;
  readonly done: string[] = [];

  async list(): Promise<readonly PluginView[]> {
    return [this.view];
  }

  async find(name: string): Promise<PluginView | undefined> {
    return name === this.view.name ? this.view : undefined;
  }

  async reload(name: string): Promise<void> {
    if (!this.view.enabled) {
      throw new GatewayError("plugin_failed", `Cannot reload plugin "${name}": it is not enabled`);
    }
    this.done.push(`reload ${name}`);
  }

  async logs(name: string, limit: number): ReturnType<PluginAdmin["logs"]> {
    const text = `${limit} lines of ${name}`;
    return [{ time: new Date("2026-05-01T10:00:00Z"), source: "plugin", text }];
  }

  async examine(): ReturnType<PluginAdmin["examine"]> {
    const { hash, asks } = this.view;
    return { hash, asks, isApproved: this.view.enabled };
  }

  async setEnabled(_name: string, enabled: boolean, hash = this.view.hash): Promise<void> {
    if (hash !== this.view.hash) throw new GatewayError("plugin_failed", "Its files have changed");
    this.view = { ...this.view, enabled };
  }
}

async function ask(gateway: Harness, path: string, method = "GET", body?: unknown) {
  const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await gateway.fetch(path, init);
  return { status: response.status, body: await response.json() };
}

Deno.test("the routes of plugins list, show, change and reload", async (t) => {
  const plugins = new OnePlugin();
  await using gateway = await openHarness({ parts: { plugins } });
  const plugin = "/api/v1/plugins/calc";
  await t.step("list", async () => {
    assertEquals((await ask(gateway, "/api/v1/plugins")).body, { items: [VIEW] });
  });
  await t.step("show", async () => {
    assertEquals((await ask(gateway, plugin)).body, VIEW);
  });
  await t.step("logs", async () => {
    const { body } = await ask(gateway, `${plugin}/logs?limit=7`);
    const line = { source: "plugin", text: "7 lines of calc", time: "2026-05-01T10:00:00.000Z" };
    assertEquals(body, { items: [line] });
    assertEquals((await ask(gateway, `${plugin}/logs?limit=0`)).status, 400);
  });
  await t.step("reload", async () => {
    assertEquals((await ask(gateway, `${plugin}/reload`, "POST")).body, VIEW);
    assertEquals(plugins.done, ["reload calc"]);
  });
  await t.step("disable, and what then cannot be done", async () => {
    assertEquals((await ask(gateway, `${plugin}/disable`, "POST")).body.enabled, false);
    const { status, body } = await ask(gateway, `${plugin}/reload`, "POST");
    assertEquals([status, body.code], [409, "plugin_failed"]);
    assertMatch(body.detail, /not enabled/);
  });
  await t.step("what its files ask for", async () => {
    const files = { hash: "sha256-1", asks: ["Uses tool.calc.*"], isApproved: false };
    assertEquals((await ask(gateway, `${plugin}/files`)).body, files);
  });
  await t.step("enable, unless it is no longer what was shown", async () => {
    const other = await ask(gateway, `${plugin}/enable`, "POST", { hash: "sha256-2" });
    assertEquals([other.status, other.body.code], [409, "plugin_failed"]);
    assertEquals((await ask(gateway, `${plugin}/enable`, "POST", { hash: 7 })).status, 400);
    const enabled = await ask(gateway, `${plugin}/enable`, "POST", { hash: "sha256-1" });
    assertEquals(enabled.body.enabled, true);
    assertEquals((await ask(gateway, `${plugin}/enable`, "POST")).body.enabled, true);
  });
  await t.step("one that is not there", async () => {
    for (const verb of ["", "/files", "/reload", "/enable", "/disable"]) {
      const method = verb === "" || verb === "/files" ? "GET" : "POST";
      const { status, body } = await ask(gateway, `/api/v1/plugins/none${verb}`, method);
      assertEquals([status, body.code], [404, "not_found"]);
    }
  });
  await t.step("each change is in the record", async () => {
    const { body } = await ask(gateway, "/api/v1/audit?plugin=calc");
    const done = body.items.map(({ action, result }: { action: string; result: string }) => {
      return `${action} ${result}`;
    });
    assertEquals(done.toSorted(), [
      "plugin.disable ok",
      "plugin.enable ok",
      "plugin.enable ok",
      "plugin.enable ok",
      "plugin.enable undone",
      "plugin.reload ok",
      "plugin.reload ok",
    ]);
  });
});

Deno.test("a gateway without plugins lists none", async () => {
  await using gateway = await openHarness();
  assertEquals((await ask(gateway, "/api/v1/plugins")).body, { items: [] });
  assertEquals((await ask(gateway, "/api/v1/plugins/calc")).status, 404);
  assertEquals((await ask(gateway, "/api/v1/channels/chat/codes", "POST")).status, 400);
});

Deno.test("POST /api/v1/channels/{channel}/codes makes a code for a user, or for anybody", async () => {
  const codes = new PairingCodes(systemClock);
  await using gateway = await openHarness({ parts: { codes } });
  await gateway.store.users.create({ id: "ada", name: "Ada" });
  const path = "/api/v1/channels/telegram/codes";
  const anybody = await ask(gateway, path, "POST");
  assertEquals(anybody.status, 201);
  assertMatch(anybody.body.code, /^[A-Z2-9]{5}-[A-Z2-9]{5}$/);
  assertObjectMatch(await codes.redeem("telegram", "42", anybody.body.code) ?? {}, {
    channel: "telegram",
  });
  const ada = await ask(gateway, path, "POST", { userId: "ada" });
  assertObjectMatch(await codes.redeem("telegram", "42", ada.body.code) ?? {}, { userId: "ada" });
  assertEquals((await ask(gateway, path, "POST", { userId: "nobody" })).status, 404);
  const { body } = await ask(gateway, "/api/v1/audit?action=pairing.code");
  assertEquals(body.items.length, 2);
  assertEquals(JSON.stringify(body).includes(ada.body.code), false);
});
