// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { Conversations } from "./conversations.ts";
import type { ChatCompletionMessage } from "./schemas.ts";

const ADA = { userId: "ada", workspaceId: "default" };

function user(content: string): ChatCompletionMessage {
  return { role: "user", content };
}

function assistant(content: string): ChatCompletionMessage {
  return { role: "assistant", content };
}

Deno.test("Conversations.find() knows a conversation again by its words", () => {
  const conversations = new Conversations();
  conversations.remember(ADA, [user("Hello")], "Good day\n", "s1");
  const goesOn = [user("Hello"), assistant("Good day"), user("And now?")];
  assertEquals(conversations.find(ADA, goesOn), "s1");
  assertEquals(conversations.find(ADA, [{ role: "system", content: "x" }, ...goesOn]), "s1");
  assertEquals(conversations.find({ ...ADA, userId: "bob" }, goesOn), undefined);
  assertEquals(conversations.find({ ...ADA, workspaceId: "lab" }, goesOn), undefined);
  assertEquals(conversations.find(ADA, [user("Hello")]), undefined);
});

Deno.test("Conversations remember 10,000, and forget those unused for longest", () => {
  const conversations = new Conversations();
  for (let index = 0; index <= 10_000; index++) {
    conversations.remember(ADA, [user(`Hello ${index}`)], "Hi", `s${index}`);
  }
  const find = (index: number) =>
    conversations.find(ADA, [user(`Hello ${index}`), assistant("Hi"), user("?")]);
  assertEquals([find(0), find(1), find(10_000)], [undefined, "s1", "s10000"]);
});
