// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { byteLength, cleanText, cutToBytes, excerpt } from "./_text.ts";

Deno.test("cleanText() replaces what a store would refuse", () => {
  assertEquals(cleanText("a\0b\uD800c"), "a\uFFFDb\uFFFDc");
  assertEquals(cleanText("e\u0301 漢字 🦉"), "e\u0301 漢字 🦉");
});

Deno.test("cutToBytes() keeps whole characters only", async (t) => {
  const cases = [
    { text: "abc", maxBytes: 10, cut: "abc" },
    { text: "abc", maxBytes: 2, cut: "ab" },
    { text: "aé", maxBytes: 2, cut: "a" },
    { text: "aé", maxBytes: 3, cut: "aé" },
    { text: "🦉🦉", maxBytes: 7, cut: "🦉" },
    { text: "漢", maxBytes: 2, cut: "" },
    { text: "abc", maxBytes: 0, cut: "" },
  ];
  for (const { text, maxBytes, cut } of cases) {
    await t.step(`${text} to ${maxBytes}`, () => assertEquals(cutToBytes(text, maxBytes), cut));
  }
});

Deno.test("cutToBytes() gives the longest beginning that fits", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, maxBytes) => {
    const cut = cutToBytes(text, maxBytes);
    assert(text.startsWith(cut));
    assert(cut.isWellFormed());
    assertLessOrEqual(byteLength(cut), maxBytes);
    const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
    if (cut !== text) assert(byteLength(cut + next) > maxBytes);
  }));
});

Deno.test("excerpt() never ends in half a character", () => {
  assertEquals(excerpt("short", 5), "short");
  assertEquals(excerpt("longer", 4), "long…");
  assertEquals(excerpt("abc🦉def", 4), "abc…");
});
