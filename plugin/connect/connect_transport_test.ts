// SPDX-License-Identifier: Apache-2.0

import { createClient } from "@connectrpc/connect";
import { Tool } from "@sigil/proto/plugin/v1/tool";
import { assertEquals, assertThrows } from "@std/assert";
import type { PluginProcess } from "../process/plugin_process.ts";
import { withPlugin } from "../process/testdata/spawn_test_plugin.ts";
import { connectTransport } from "./connect_transport.ts";

Deno.test("connectTransport() serves a client of Connect", async () => {
  await withPlugin("hello/main.ts", {}, async (plugin) => {
    const client = createClient(Tool, connectTransport(plugin));
    const { tools } = await client.describe({});
    assertEquals(tools[0]?.name, "greet");
    const request = { toolName: "greet", arguments: '{"name":"Ada"}' };
    const chunks = await Array.fromAsync(client.execute(request), ({ chunk }) => chunk);
    assertEquals(chunks, [
      { case: "text", value: "Hello, Ada" },
      { case: "done", value: true },
    ]);
  });
});

Deno.test("connectTransport() refuses what spawnPlugin() did not make", () => {
  assertThrows(() => connectTransport({} as PluginProcess), TypeError, "spawnPlugin()");
});
