// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ThinkingFilter } from "./thinking_filter.ts";

const CASES: readonly (readonly [text: string, shown: string])[] = [
  ["<think>a</think>b", "b"],
  ["\n <think>a<b</thin></think>\n\n b\n", "b\n"],
  ["<think></think>", ""],
  ["<think>never closed", ""],
  ["<thin", "<thin"],
  ["<thinking>b</thinking>", "<thinking>b</thinking>"],
  ["a<think>b</think>", "a<think>b</think>"],
  ["  a", "  a"],
  ["", ""],
];

Deno.test("ThinkingFilter drops thinking at the beginning, however the text is cut", async (t) => {
  for (const [text, shown] of CASES) {
    await t.step(JSON.stringify(text), () => {
      fc.assert(fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const filter = new ThinkingFilter();
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
        assertEquals(pieces.map((piece) => filter.push(piece)).join("") + filter.end(), shown);
      }));
    });
  }
});
