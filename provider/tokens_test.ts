// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import { estimateRequestTokens, estimateTokens } from "./mod.ts";

Deno.test("estimateTokens() counts four ASCII characters as one, and any other as one", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["", 0],
    ["a", 1],
    ["abcd", 1],
    ["abcde", 2],
    ["Grüße", 3],
    ["何時", 2],
  ];
  for (const [text, tokens] of cases) assertEquals(estimateTokens(text), tokens, text);
});

Deno.test("estimateRequestTokens() counts all that a model reads", () => {
  const model = "m";
  const messages = [{ role: "user", content: "abcdefgh" }] as const;
  assertEquals(estimateRequestTokens({ model, messages: [] }), 0);
  assertEquals(estimateRequestTokens({ model, messages }), 10);
  assertEquals(estimateRequestTokens({ model, messages, systemPrompt: "abcd" }), 11);
  const toolCalls = [{ id: "1", name: "four", arguments: "{  }" }];
  const withCall = [...messages, { role: "assistant", content: "", toolCalls }] as const;
  assertEquals(estimateRequestTokens({ model, messages: withCall }), 20);
  const tools = [{ name: "t", description: "", inputSchema: {} }];
  assertEquals(
    estimateRequestTokens({ model, messages, tools }),
    10 + Math.ceil(JSON.stringify(tools[0]).length / 4),
  );
});

Deno.test("estimateRequestTokens() counts each tool, and the same again in the next request", () => {
  const tool = (name: string) => ({ name, description: "It waits", inputSchema: {} });
  const [short, long] = [tool("t"), tool("t".repeat(64))];
  const of = (...tools: (typeof short)[]) =>
    estimateRequestTokens({ model: "m", messages: [], tools });
  assert(of(long) > of(short));
  assertEquals(of(short, long), of(short) + of(long));
  assertEquals(of(short, short), 2 * of(short));
});
