// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { askedSpeakers } from "./_speakers.ts";

const SPEAKERS = new Set(["ada", "ben cole", "zoë"]);

Deno.test("askedSpeakers() finds who is meant, and what is asked of them", async (t) => {
  const cases: readonly (readonly [string, readonly string[], string | undefined, string])[] = [
    ["What did Ada buy?", ["ada"], undefined, "What did buy?"],
    ["What is Ben's job?", ["ben cole"], undefined, "What is job?"],
    ["Where do Ada and Ben Cole live?", ["ada", "ben cole"], undefined, "Where do and live?"],
    ["zoë's bicycle", ["zoë"], undefined, "bicycle"],
    ["Ada", ["ada"], undefined, "Ada"],
    ["Adamant people", [], undefined, "Adamant people"],
    ["What did I tell you?", [], "user", "What did I tell you?"],
    ["What did you tell me?", [], "assistant", "What did you tell me?"],
    ["Remind me what you said", [], "assistant", "Remind me what you said"],
    ["Which film was it that you liked?", [], "assistant", "Which film was it that you liked?"],
    ["Where is my key?", [], "user", "Where is my key?"],
    ["Where is the key?", [], undefined, "Where is the key?"],
  ];
  for (const [question, names, role, rest] of cases) {
    await t.step(question, () => {
      const asked = askedSpeakers(question, SPEAKERS);
      assertEquals([...asked.names], names);
      assertEquals(asked.role, role);
      assertEquals(asked.rest.trim().replace(/\s+/g, " "), rest);
    });
  }
});
