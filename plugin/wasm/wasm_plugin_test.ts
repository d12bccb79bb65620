// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { wasmPlugin } from "./wasm_plugin.ts";

/** A module that exports a function that does nothing, under these names. */
function moduleWith(...names: readonly string[]): WebAssembly.Module {
  const encoder = new TextEncoder();
  const exported = names.map((name) => encoder.encode(name))
    .flatMap((name) => [name.length, ...name, 0, 0]);
  const section = (id: number, ...bytes: readonly number[]) => [id, bytes.length, ...bytes];
  return new WebAssembly.Module(
    new Uint8Array([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, 1, 0x60, 0, 0),
      ...section(3, 1, 0),
      ...section(7, names.length, ...exported),
      ...section(10, 1, 2, 0, 0x0b),
    ]),
  );
}

/** What runs a module that describes itself with `text`, and gives back each call. */
function runnerOf(text: string) {
  let closed = 0;
  return {
    call: async (name: string, input: string) => name === "describe" ? text : `${name} ${input}`,
    close: () => void closed++,
    closed: () => closed,
  };
}

const ADD = `[{ "name": "add", "description": "Adds", "input": { "type": "object" } }]`;

Deno.test("wasmPlugin() makes a tool of each described function", async () => {
  const runner = runnerOf(ADD);
  const plugin = await wasmPlugin(moduleWith("describe", "add"), runner);
  const { add } = plugin.tools;
  assertEquals([Object.keys(plugin.tools), add?.description, add?.input], [
    ["add"],
    "Adds",
    { type: "object" },
  ]);
  const { signal } = new AbortController();
  const context = { signal, sessionId: "s", host: Object.create(null) };
  assertEquals(await add?.execute({ left: 1 }, context), 'add {"left":1}');
  await plugin.shutdown?.();
  assertEquals(runner.closed(), 1);
});

Deno.test("wasmPlugin() says what is wrong with a module", async (t) => {
  const cases: Readonly<Record<string, readonly [string, string, string]>> = {
    "no describe": ["add", ADD, "exports no function describe"],
    "no function for a tool": ["describe", ADD, 'exports no function for "add"'],
    "no JSON": ["describe", "add", "gives no JSON"],
    "no array": ["describe", "{}", "gives no array"],
    "a tool without input": ["describe", `[{ "name": "a", "description": "" }]`, "gives no array"],
    "a tool whose input is no schema": [
      "describe",
      `[{ "name": "a", "description": "", "input": null }]`,
      "gives no array",
    ],
    "a tool that is none": ["describe", "[5]", "gives no array"],
    "a name that is none": [
      "describe",
      `[{ "name": 5, "description": "", "input": {} }]`,
      "gives no array",
    ],
  };
  for (const [name, [exported, text, reason]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const made = () => wasmPlugin(moduleWith(exported), runnerOf(text));
      await assertRejects(made, Error, reason);
    });
  }
});
