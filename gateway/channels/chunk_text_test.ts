// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { chunkText } from "./chunk_text.ts";

Deno.test("chunkText() cuts where people would", async (t) => {
  const cases: Record<string, readonly [string, number, readonly string[]]> = {
    "a short text": ["Hello", 16, ["Hello"]],
    "no limit": ["x".repeat(100), 0, ["x".repeat(100)]],
    "a blank text": [" \n ", 16, []],
    "exactly as long": ["0123456789abcdef", 16, ["0123456789abcdef"]],
    "paragraphs": ["One two three.\n\nFour five six seven", 20, [
      "One two three.",
      "Four five six seven",
    ]],
    "lines": ["milk and bread\neggs and butter", 20, ["milk and bread", "eggs and butter"]],
    "sentences": ["It rains again. We stay inside", 20, ["It rains again.", "We stay inside"]],
    "words": ["one two three four five six", 16, ["one two three", "four five six"]],
    "no place at all": ["a".repeat(40), 16, ["a".repeat(16), "a".repeat(16), "a".repeat(8)]],
    "a far too early place": [`a ${"b".repeat(30)}`, 16, [
      `a ${"b".repeat(14)}`,
      "b".repeat(16),
    ]],
  };
  for (const [name, [text, maxLength, pieces]] of Object.entries(cases)) {
    await t.step(name, () => assertEquals(chunkText(text, maxLength), pieces));
  }
});

Deno.test("chunkText() never cuts within a character", () => {
  const family = "👨‍👩‍👧‍👦";
  for (const piece of chunkText(family.repeat(20), 32)) {
    assertEquals(piece.length % family.length, 0);
  }
});

Deno.test("chunkText() loses nothing but white space, and keeps to the length", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 300 });
  fc.assert(fc.property(text, fc.integer({ min: 16, max: 60 }), (text, maxLength) => {
    const pieces = chunkText(text, maxLength);
    const dense = (all: string) => all.replaceAll(/\s/g, "");
    assertEquals(dense(pieces.join("")), dense(text));
    for (const piece of pieces) {
      assert(piece.length <= maxLength && piece.trim() === piece && piece !== "");
      assert(piece.isWellFormed() || !text.isWellFormed());
    }
  }));
});
