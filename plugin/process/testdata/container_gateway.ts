// SPDX-License-Identifier: Apache-2.0

// deno-lint-ignore-file no-console -- the test reads what it prints

/**
 * A gateway to be killed: starts a plugin in a container, runs one of its tools, and prints a line
 * when the tool is at work. `container_gateway.ts <image> <folder> <tool>`
 *
 * @module
 */

import { spawnContainer } from "../spawn_container.ts";
import { testFile } from "./spawn_test_plugin.ts";

const [image = "", folder = "", tool = ""] = Deno.args;
const plugin = await spawnContainer({
  manifest: { name: "contained", execution: { tier: "container", image } },
  directory: testFile("contained"),
  dataDirectory: `${folder}/files`,
  privateDirectory: `${folder}/container`,
  onStderr: (line) => console.log(line),
});
await Array.fromAsync(plugin.tools.execute({ name: tool, input: {}, sessionId: "s1" }));
