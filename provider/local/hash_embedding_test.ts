// SPDX-License-Identifier: Apache-2.0

import { assert, assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import { HASH_DIMENSIONS, hashEmbedding } from "./mod.ts";

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
}

Deno.test("hashEmbedding() gives any text a vector of length 1, the same each time", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (text) => {
    const vector = hashEmbedding(text);
    assertEquals(vector.length, HASH_DIMENSIONS);
    assertAlmostEquals(dot(vector, vector), 1, 1e-5);
    assertEquals(hashEmbedding(text), vector);
  }));
});

Deno.test("hashEmbedding() puts texts near that share words", async (t) => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["trains to Berlin", "The Berlin train leaves at nine", "A recipe for apple cake"],
    ["my dog's name", "The dog is named Rex", "The cathedral of Cologne"],
    ["running shoes", "I run with new shoes", "I read with new glasses"],
    ["Müllers Bäckerei", "Bäckerei Müller hat zu", "Schuhe kaufen"],
    ["会议时间", "会议时间改了", "苹果很好吃"],
    ["databse", "database", "sunflower"],
  ];
  for (const [asked, near, far] of cases) {
    await t.step(asked, () => {
      const [a, b, c] = [asked, near, far].map(hashEmbedding);
      assert(a && b && c);
      assertGreater(dot(a, b), dot(a, c) + 0.1);
    });
  }
});

Deno.test("hashEmbedding() sees no difference in case, endings and filling words", () => {
  const [a, b] = ["The Trains", "train"].map(hashEmbedding);
  assert(a && b);
  assertAlmostEquals(dot(a, b), 1, 1e-5);
});
