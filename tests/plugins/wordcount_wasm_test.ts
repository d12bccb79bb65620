// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { layerCases } from "../../plugin/process/testdata/spawn_test_plugin.ts";
import { ExamplePlugin } from "./_example_plugin.ts";

const TEXTS: readonly (readonly [text: string, counted: string])[] = [
  ["", "0 lines, 0 words, 0 characters"],
  ["one", "1 lines, 1 words, 3 characters"],
  ["one two\nthree\n", "2 lines, 3 words, 14 characters"],
  ["\n\n", "2 lines, 0 words, 2 characters"],
  ['a "quoted\\path"\tand\u0001', "1 lines, 3 words, 20 characters"],
  ["Åbo 🦕 été", "1 lines, 3 words, 9 characters"],
  ["word ".repeat(100_000), "1 lines, 100000 words, 500000 characters"],
];

for (const { name, layers, skip } of await layerCases()) {
  Deno.test({
    name: `wordcount-wasm counts without any permission, with ${name}${skip && `: ${skip}`}`,
    ignore: skip !== "",
    fn: async () => {
      await using example = await ExamplePlugin.start("wordcount_wasm", { layers });
      assertEquals(example.status.state, "running", example.status.lastError?.message);
      assertEquals(example.flags, []);
      assertEquals(example.status.tools, ["wordcount-wasm__count"]);
      const counted = await Promise.all(TEXTS.map(([text]) => example.run("count", { text })));
      assertEquals(counted, TEXTS.map(([, expected]) => expected));
    },
  });
}
