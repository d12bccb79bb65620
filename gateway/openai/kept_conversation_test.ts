// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import type { SessionStore } from "@sigil/store";
import { openSessionStore } from "@sigil/store/inmem";
import { findKeptConversation } from "./kept_conversation.ts";
import type { ChatCompletionMessage } from "./schemas.ts";

const ADA = { userId: "ada", workspaceId: "default" };
const ASKED: ChatCompletionMessage = { role: "user", content: "And now?" };

Deno.test("findKeptConversation() finds the session in which exactly this was said", async (t) => {
  await using sessions = await openSessionStore();
  await keep(sessions, "s1", "ada", [["user", "Hello"], ["assistant", "Good day\n"]]);
  await keep(sessions, "s2", "ada", [
    ["user", "Weather?"],
    ["assistant", "Let me look. "],
    ["tool", "rain"],
    ["assistant", "It rains"],
  ]);
  await keep(sessions, "s3", "bob", [["user", "Mine"], ["assistant", "Yours"]]);
  await keep(sessions, "s4", "ada", [["assistant", "cut off"], ["user", "B"], ["assistant", "b"]]);
  await keep(sessions, "s5", "ada", [["user", "Killed"]]);
  await keep(sessions, "s6", "ada", [["assistant", "Greetings"], ["user", "C"], [
    "assistant",
    "One, ",
  ], ["assistant", "two"]]);
  await keep(sessions, "s7", "ada", [["user", "E"], ["assistant", "e"]], { origin: "client" });
  const cases: Record<string, readonly [said: readonly string[], session: string | undefined]> = {
    "one that goes on": [["Hello", "Good day"], "s1"],
    "an answer with a tool": [["Weather?", "Let me look. It rains"], "s2"],
    "one whose beginning is in memory by now": [["A", "a", "B", "b"], "s4"],
    "one with empty messages, and one answer in two": [
      ["", "Greetings", "C", "One, ", "", "two"],
      "s6",
    ],
    "another one that ends as one that is whole": [
      ["Mind the cat", "Aye", "Hello", "Good day"],
      undefined,
    ],
    "one that brought the end of what was said elsewhere": [["D", "d", "E", "e"], "s7"],
    "another answer": [["Hello", "Bad day"], undefined],
    "more than was said": [["Hello", "Good day", "More", "Fine"], undefined],
    "somebody else's": [["Mine", "Yours"], undefined],
    "a question without an answer": [["Killed"], undefined],
    "nothing": [[], undefined],
  };
  for (const [name, [said, session]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const messages = said.map((content, index): ChatCompletionMessage => {
        return { role: index % 2 === 0 ? "user" : "assistant", content };
      });
      assertEquals(await findKeptConversation(sessions, ADA, [...messages, ASKED]), session);
    });
  }
});

async function keep(
  sessions: SessionStore,
  id: string,
  userId: string,
  said: readonly (readonly ["user" | "assistant" | "tool", string])[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await sessions.createSession({ id, userId, workspaceId: ADA.workspaceId });
  for (const [index, [role, content]] of said.entries()) {
    await sessions.appendMessage(id, { id: `${id}-${index}`, role, content, metadata });
  }
}
