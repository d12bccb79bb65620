// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { splitText } from "./split_text.ts";

Deno.test("splitText() cuts where it hurts least", async (t) => {
  const cases: readonly (readonly [text: string, parts: readonly string[]])[] = [
    ["", []],
    [" \n ", []],
    ["short", ["short"]],
    ["exactly-10", ["exactly-10"]],
    ["exactly 10 more", ["exactly 10", "more"]],
    ["a first\n\nb c second", ["a first", "b c second"]],
    ["a first\nb second", ["a first", "b second"]],
    ["a first b second", ["a first b", "second"]],
    ["abcdefghijklm", ["abcdefghij", "klm"]],
    ["a bcdefghijklm", ["a bcdefghi", "jklm"]],
    ["abcdefghi🦕", ["abcdefghi", "🦕"]],
  ];
  for (const [text, parts] of cases) {
    await t.step(JSON.stringify(text), () => assertEquals(splitText(text, 10), parts));
  }
});

Deno.test("splitText() loses nothing but space, and no part is empty or too long", () => {
  const unit = fc.constantFrom("a", "é", "🦕", " ", "\n", "word", "\n\n");
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 200 }),
      fc.integer({ min: 2, max: 40 }),
      (text, max) => {
        const parts = splitText(text, max);
        assertEquals(parts.join("").replace(/\s/g, ""), text.replace(/\s/g, ""));
        for (const part of parts) {
          assert(
            part.length > 0 && part.length <= max && part.isWellFormed(),
            JSON.stringify(part),
          );
        }
      },
    ),
  );
});
