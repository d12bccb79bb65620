// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { snippet } from "./snippet.ts";

const TEXT = "It rained all day. In the evening the boiler was repaired at last, by a plumber of " +
  "the next town, who had to walk.";

Deno.test("snippet() gives what lies around the matches", async (t) => {
  const cases: readonly (readonly [name: string, query: string, length: number, part: string])[] = [
    ["several words", "who repairs boilers?", 40, "boiler was repaired"],
    ["the end", "walking", 30, "had to walk."],
    ["the beginning", "rain", 30, "It rained"],
    ["no match", "xylophone", 30, "It rained"],
    ["no word", "?!", 30, "It rained"],
  ];
  for (const [name, query, length, part] of cases) {
    await t.step(name, () => {
      const found = snippet(TEXT, query, length);
      assert(found.includes(part), found);
      assert(found.length <= length, found);
    });
  }
});

Deno.test("snippet() gives a short text as it is", () => {
  assertEquals(snippet("The boiler", "boiler", 20), "The boiler");
});

Deno.test("snippet() cuts between words and says that it cut", () => {
  const found = snippet(TEXT, "boiler", 40);
  assert(found.startsWith("…") && found.endsWith("…"));
  const inside = found.slice(1, -1);
  assert(TEXT.split(inside).length === 2);
  assert(/\s$/.test(TEXT.split(inside)[0] ?? "") && /^\s/.test(TEXT.split(inside)[1] ?? ""));
});

Deno.test("snippet() finds characters of scripts without spaces", () => {
  const text = `${"水".repeat(50)}修理${"火".repeat(50)}`;
  assert(snippet(text, "修理", 30).includes("修理"));
});

Deno.test("snippet() refuses a length that holds nothing", () => {
  for (const length of [0, 19, -1, 20.5, NaN]) {
    assertThrows(() => snippet(TEXT, "boiler", length), RangeError, "maxLength");
  }
});

Deno.test("snippet() is well formed, a part of the text, and never too long", () => {
  const unit = fc.constantFrom("boiler", "Regen", "👩‍🚀", "修", " ", "\n", "x".repeat(30), "é");
  const text = fc.array(unit, { maxLength: 80 }).map((parts) => parts.join(""));
  fc.assert(fc.property(text, fc.string(), fc.integer({ min: 20, max: 60 }), (text, query, max) => {
    const found = snippet(text, `boiler ${query}`, max);
    assert(found.length <= max, `${found.length} > ${max}`);
    assert(found.isWellFormed());
    assert(text.includes(found.replace(/^…/, "").replace(/…$/, "")));
  }));
});
