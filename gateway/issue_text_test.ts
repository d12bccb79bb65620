// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { z } from "zod";
import { issueText } from "./issue_text.ts";

Deno.test("issueText() says in plain words what is wrong", async (t) => {
  const cases: readonly (readonly [z.ZodType, unknown, string])[] = [
    [z.object({ model: z.string() }), {}, "it is missing"],
    [z.array(z.string()).min(1), [], "it is empty"],
    [z.string().min(1), "", "it is empty"],
    [z.array(z.string()).max(2), ["a", "b", "c"], "it has more than 2 entries"],
    [z.string().max(2), "abc", "it has more than 2 characters"],
    [z.number().min(1), 0, "Too small: expected number to be >=1"],
    [z.string(), 5, "Invalid input: expected string, received number"],
  ];
  for (const [schema, input, expected] of cases) {
    await t.step(expected, () => {
      const texts = schema.safeParse(input).error?.issues.map(issueText);
      assertEquals(texts, [expected]);
    });
  }
});
