// SPDX-License-Identifier: Apache-2.0

// deno-lint-ignore-file no-console -- the test reads what it prints

/**
 * A gateway to be killed: starts a plugin, runs one of its tools, and prints the process's id when
 * the tool is at work. `gateway.ts <folder> <tool> <layers>`
 *
 * @module
 */

import { spawnPlugin } from "../spawn_plugin.ts";
import type { SandboxLayer } from "../plugin_process.ts";
import { testFile } from "./spawn_test_plugin.ts";

const [denoDirectory = "", tool = "", ...layers] = Deno.args;
const plugin = await spawnPlugin({
  plugin: "hello",
  main: testFile("hello/main.ts"),
  permissionFlags: [`--allow-read=${testFile("hello")}`],
  denoDirectory,
  sandbox: { layers: layers as SandboxLayer[], memoryBytes: 512 * 1024 * 1024 },
  onStderr: () => console.log(plugin.pid),
});
await Array.fromAsync(plugin.tools.execute({ name: tool, input: {}, sessionId: "s1" }));
