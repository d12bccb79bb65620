// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertFalse, assertMatch, assertRejects } from "@std/assert";
import {
  type ChatEvent,
  type ChatMessage,
  type ChatOptions,
  type ChatRequest,
  ProviderError,
  type ToolDefinition,
} from "../mod.ts";
import { collect, textOf } from "../testdata/collect.ts";
import { openLocalProvider } from "./mod.ts";

const TOOLS: readonly ToolDefinition[] = [
  {
    name: "memory_search",
    description: "Searches what was said",
    inputSchema: { type: "object", properties: { query: { type: "string" } } },
  },
  { name: "memory_remember", description: "Notes something", inputSchema: { type: "object" } },
];

function user(content: string): ChatMessage {
  return { role: "user", content };
}

async function chat(
  messages: readonly ChatMessage[],
  rest: Partial<ChatRequest> = {},
): Promise<ChatEvent[]> {
  await using provider = openLocalProvider();
  return await collect(provider.chat({ model: "recall", messages, ...rest }));
}

/** Asks, lets the tool answer, and gives the answer in the end. */
async function chatWithTool(
  content: string,
  answer: (input: Record<string, unknown>) => string,
  earlier: readonly ChatMessage[] = [],
): Promise<string> {
  const asked = [...earlier, user(content)];
  const call = (await chat(asked, { tools: TOOLS })).find((event) => event.type === "tool_call");
  assert(call !== undefined, "asks for a tool");
  const { id, name, arguments: text } = call.toolCall;
  const result: ChatMessage = {
    role: "tool",
    content: answer(JSON.parse(text)),
    toolCallId: id,
    toolName: name,
  };
  const assistant: ChatMessage = { role: "assistant", content: "", toolCalls: [call.toolCall] };
  return textOf(await chat([...asked, assistant, result], { tools: TOOLS }));
}

function line(text: string, role?: string, date?: string): string {
  return JSON.stringify({ date, role, text });
}

Deno.test("local/recall searches memory with the words that matter", async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ["What did I say about the Berlin trip?", "berlin trip"],
    ["When is Anna's birthday?", "anna's birthday"],
    ["what is my name", "name"],
    ["Wo wohnt Jürgen?", "wo wohnt jürgen"],
    ["会议 几点?", "会议 几点"],
    ["What was that?", "what was that"],
    ["ticket 4711-B", "ticket 4711-b"],
  ];
  for (const [question, query] of cases) {
    await t.step(question, async () => {
      const [event, usage, done, ...rest] = await chat([user(question)], { tools: TOOLS });
      assert(event?.type === "tool_call");
      assertEquals(event.toolCall.name, "memory_search");
      assertEquals(JSON.parse(event.toolCall.arguments), { query, limit: 8 });
      assertEquals([usage?.type, done], ["usage", { type: "done", finishReason: "tool_calls" }]);
      assertEquals(rest, []);
    });
  }
});

Deno.test("local/recall answers with quotes and dates", async () => {
  const answer = await chatWithTool("When does the Berlin trip begin?", () =>
    [
      '<tool_result tool="memory_search">',
      line("When does the Berlin trip begin?", "user", "2026-11-22T09:00:00.000Z"),
      line("The trip to Berlin begins on Monday.", "user", "2026-11-20T09:00:00.000Z"),
      "a line of something else",
      '{"date": 7, "text": "Trips to Berlin are nice"}',
      '{"text": 7}',
      "{broken",
      line("Apples are red", "user", "2026-11-01T09:00:00.000Z"),
      line("Berlin trips take long", "assistant", "2026-01-02T09:00:00.000Z"),
      "</tool_result>",
    ].join("\n"));
  assertEquals(
    answer,
    [
      "On 20 November 2026 you said: “The trip to Berlin begins on Monday.”",
      "It was noted: “Trips to Berlin are nice”",
      "On 2 January 2026 the answer was: “Berlin trips take long”",
      "",
      "That is all I can tell. I look things up and am no language model.",
    ].join("\n"),
  );
});

Deno.test("local/recall finds what was said in the conversation itself", async () => {
  const earlier = [user("My dog is called Rex"), user("I like apples")];
  const answer = await chatWithTool("What is my dog called?", () => "", earlier);
  assertEquals(answer.split("\n")[0], "You said: “My dog is called Rex”");
  assertFalse(answer.includes("apples"));
  const alone = textOf(await chat([...earlier, user("What is my dog called?")]));
  assertEquals(alone, answer);
});

Deno.test("local/recall takes nothing for the user's words that a program wrote", async () => {
  const summary = "<conversation_summary>\nThe user has a dog\n</conversation_summary>";
  const answer = await chatWithTool("Whose dog?", () => "Nothing found", [user(summary)]);
  assertMatch(answer, /^I find nothing about “dog”/);
});

Deno.test("local/recall searches for nothing when there are no words, and not for a book", async () => {
  assertMatch(textOf(await chat([user("?!")], { tools: TOOLS })), /^Hello\./);
  const [event] = await chat([user("word ".repeat(1000))], { tools: TOOLS });
  assert(event?.type === "tool_call");
  assertEquals(JSON.parse(event.toolCall.arguments).query.length, 200);
});

Deno.test("local/recall says when it finds nothing, and how to add a language model", async () => {
  const answer = await chatWithTool("Where is Atlantis?", () => "no results");
  assertMatch(answer, /^I find nothing about “atlantis” in what was said\./);
  assertMatch(answer, /no language model/);
  assertMatch(answer, /OPENAI_API_KEY.*sigil\.yaml/);
});

Deno.test("local/recall notes what it is told to remember", async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ["remember that my dog is called Rex", "my dog is called Rex"],
    ["Please remember: milk, eggs", "milk, eggs"],
    ["Don't forget that I moved\nto Rome.", "I moved\nto Rome."],
    ["Note that the code is 4711", "the code is 4711"],
  ];
  for (const [said, text] of cases) {
    await t.step(said, async () => {
      const answer = await chatWithTool(said, (input) => {
        assertEquals(input, { text });
        return "Noted.";
      });
      assertEquals(answer, `I have noted: “${text.replace("\n", " ")}”`);
    });
  }
  const failed = await chatWithTool("remember that x", () => "Cannot note: the disk is full");
  assertEquals(failed, "I could not note that. Cannot note: the disk is full");
  const without = textOf(await chat([user("remember that x")]));
  assertMatch(without, /^I cannot note that apart/);
});

Deno.test("local/recall calls any tool by its name and shows the result", async (t) => {
  const tools: readonly ToolDefinition[] = [{
    name: "convert",
    description: "Converts units",
    inputSchema: { type: "object", properties: { from: { type: "string" } } },
  }];
  const calls: readonly (readonly [string, unknown])[] = [
    ['/tool convert {"value": 3, "to": ["km"]}', { value: 3, to: ["km"] }],
    ["/tool convert value=3 from=5 exact=true", { value: 3, from: "5", exact: true }],
    [
      '/tool convert to="nautical \\"miles\\"" from=mi x=-1.5 y=null',
      { to: 'nautical "miles"', from: "mi", x: -1.5, y: null },
    ],
    ["/tool convert __proto__=1", JSON.parse('{"__proto__":1}')],
    ["/tool convert", {}],
  ];
  for (const [command, input] of calls) {
    await t.step(command, async () => {
      const [event] = await chat([user(command)], { tools });
      assert(event?.type === "tool_call");
      assertEquals(event.toolCall.name, "convert");
      assertEquals(JSON.parse(event.toolCall.arguments), input);
    });
  }
  const words: readonly (readonly [string, RegExp])[] = [
    ["/tool", /^Call one with .*\n\nThe tools are:\n- convert: Converts units$/],
    ["/tools", /- convert: Converts units$/],
    ["/tool nothing x=1", /^No tool "nothing" is offered here\./],
    ["/tool convert {broken", /^Cannot call "convert": /],
    ["/tool convert [1]", /^Cannot call "convert": "\[1\]" is not written as key=value$/],
    ["/tool convert x=1 and y", /"and y" is not written as key=value$/],
  ];
  for (const [command, expected] of words) {
    await t.step(command, async () => {
      assertMatch(textOf(await chat([user(command)], { tools })), expected);
    });
  }
  assertMatch(textOf(await chat([user("/tool")])), /There are no tools here\.$/);
  const shown = await chatWithTool(
    "/tool memory_search query=x",
    () => "<result>\nfirst\n\nsecond\n</result>",
  );
  assertEquals(shown, "memory_search answered:\n\nfirst\n\nsecond");
  const empty = await chatWithTool("/tool memory_remember text=x", () => "<result>\n</result>");
  assertEquals(empty, "memory_remember answered:\n\n(nothing)");
});

Deno.test("local/recall answers from every result of a round", async () => {
  const toolCalls = [
    { id: "1", name: "memory_search", arguments: "{}" },
    { id: "2", name: "clock", arguments: "{}" },
  ];
  const messages: readonly ChatMessage[] = [
    user("dogs?"),
    { role: "assistant", content: "", toolCalls },
    { role: "tool", content: line("Dogs bark", "user"), toolCallId: "1" },
    { role: "tool", content: "noon", toolCallId: "2" },
    { role: "tool", content: "of nobody", toolCallId: "3", toolName: "radio" },
  ];
  const answer = textOf(await chat(messages));
  assertMatch(answer, /^You said: “Dogs bark”/);
  assertMatch(answer, /\n\nclock answered:\n\nnoon\n\nradio answered:\n\nof nobody$/);
});

Deno.test("local/recall greets, explains itself and takes statements, without a tool", async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["Hello", /^Hello\. I am local\/recall, a set of rules and no language model/],
    ["", /^Hello\./],
    ["Who are you?", /^I am local\/recall/],
    ["Are you an AI?", /no language model.*\n\nTo talk to a language model, set ANTHROPIC_API_KEY/],
    ["Thank you!", /^You are welcome\.$/],
    ["My cat is called Minka", /^I keep what you say\./],
    ["We moved to Rome yesterday", /^I keep what you say\./],
  ];
  for (const [said, expected] of cases) {
    await t.step(said, async () => {
      assertMatch(textOf(await chat([user(said)], { tools: TOOLS })), expected);
    });
  }
});

Deno.test("local/recall streams small pieces and counts tokens", async () => {
  const events = await chat([user("Hello")]);
  const pieces = events.filter(({ type }) => type === "text_delta");
  assert(pieces.length > 50);
  const [usage, done] = events.slice(-2);
  assertEquals(done, { type: "done", finishReason: "stop" });
  assert(usage?.type === "usage");
  assertEquals(usage.usage.outputTokens, Math.ceil(textOf(events).length / 4));
  assertEquals(usage.usage.inputTokens, 10);
});

Deno.test("local/recall keeps to stop sequences and to the greatest length", async () => {
  const stopped = await chat([user("Hello")], { options: { stopSequences: ["", "rules", "xyz"] } });
  assertEquals(textOf(stopped), "Hello. I am local/recall, a set of ");
  assertEquals(stopped.at(-1), { type: "done", finishReason: "stop" });
  const short = await chat([user("Hello")], { options: { maxTokens: 3 } });
  assertEquals(textOf(short), "Hello. I am ");
  assertEquals(short.at(-1), { type: "done", finishReason: "length" });
});

Deno.test("local/recall refuses to write JSON, and to be made to call a tool", async (t) => {
  const cases: readonly ChatOptions[] = [
    { responseFormat: { type: "json" } },
    { toolChoice: "required" },
    { toolChoice: { toolName: "memory_search" } },
  ];
  for (const options of cases) {
    await t.step(JSON.stringify(options), async () => {
      const [event, ...rest] = await chat([user("What is my name?")], { tools: TOOLS, options });
      assert(event?.type === "error" && rest.length === 0);
      assertEquals(event.code, "bad_request");
      assertMatch(event.message, /^Cannot chat with "local\/recall": it /);
    });
  }
});

Deno.test("local/recall throws the reason of a signal, in the middle as well", async () => {
  await using provider = openLocalProvider();
  const request: ChatRequest = { model: "recall", messages: [user("Hello")] };
  const abort = new AbortController();
  await assertRejects(
    async () => {
      for await (const _ of provider.chat(request, { signal: abort.signal })) {
        abort.abort(new Error("enough"));
      }
    },
    Error,
    "enough",
  );
  const { signal } = abort;
  await assertRejects(() => collect(provider.chat(request, { signal })), Error, "enough");
  await assertRejects(() => provider.available({ signal }), Error, "enough");
  await assertRejects(() => provider.status({ signal }), Error, "enough");
  await assertRejects(() => provider.listModels({ signal }), Error, "enough");
});

Deno.test("openLocalProvider() lists two models and knows no other", async () => {
  await using provider = openLocalProvider();
  const models = await provider.listModels();
  assertEquals(models.map(({ id }) => id), ["recall", "hash-256"]);
  assert(await provider.available());
  const [event] = await collect(provider.chat({ model: "gpt", messages: [] }));
  assertEquals(event?.type === "error" && event.code, "unknown_model");
  const embed = async () => await provider.embed?.({ model: "gpt", texts: [] });
  assertEquals((await assertRejects(embed, ProviderError)).code, "unknown_model");
});

Deno.test("openLocalProvider() embeds with hash-256", async () => {
  await using provider = openLocalProvider();
  assert(provider.embed !== undefined);
  const { embeddings, usage } = await provider.embed({ model: "hash-256", texts: ["abcd", "e"] });
  assertEquals(embeddings.map(({ length }) => length), [256, 256]);
  assertEquals([usage.inputTokens, usage.outputTokens], [2, 0]);
});

Deno.test("a closed local provider is unavailable", async () => {
  const provider = openLocalProvider();
  await provider.close();
  await provider.close();
  assertEquals(await provider.available(), false);
  assertEquals((await provider.status()).message, "Closed");
  const [event] = await collect(provider.chat({ model: "recall", messages: [] }));
  assertEquals(event?.type === "error" && event.code, "unavailable");
});

Deno.test({
  name: "openLocalProvider() needs no permission",
  permissions: "none",
  fn: async () => {
    assert(textOf(await chat([user("Hello")])).length > 0);
  },
});
