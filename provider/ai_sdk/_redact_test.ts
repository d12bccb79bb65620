// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { redact } from "./_redact.ts";

Deno.test("redact() takes out secrets and what looks like one", async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ["no: p@ss/word!", "no: [redacted]"],
    ["no: p%40ss%2Fword! twice p@ss/word!", "no: [redacted] twice [redacted]"],
    [
      "Incorrect API key provided: sk-proj-****************abcd",
      "Incorrect API key provided: [redacted]",
    ],
    ["sent Authorization: Bearer abc.def-123", "sent Authorization: [redacted]"],
    ["key=AIzaSyA0000000000000", "key=[redacted]"],
    ["tiny stays tiny", "tiny stays tiny"],
    ["a task-force and a risk-averse model", "a task-force and a risk-averse model"],
  ];
  for (const [text, safe] of cases) {
    await t.step(text, () => assertEquals(redact(text, ["p@ss/word!", "tiny", ""]), safe));
  }
});
