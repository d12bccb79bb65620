// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { ChatEvent } from "../chat.ts";
import { GuardError } from "../vendor_call/guard_error.ts";
import { AnswerReader } from "./answer_reader.ts";

const END = "[DONE]";

function chunk(delta: unknown, finishReason: string | null = null): string {
  return JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finishReason }] });
}

function calls(...pieces: readonly unknown[]): string {
  return chunk({ tool_calls: pieces });
}

function piece(index: number | undefined, id: string | undefined, name?: string, args?: string) {
  return { index, id, function: { name, arguments: args } };
}

function call(id: string, name: string, args: string): ChatEvent {
  return { type: "tool_call", toolCall: { id, name, arguments: args } };
}

const text = (text: string): ChatEvent => ({ type: "text_delta", text });
const done = (finishReason: Extract<ChatEvent, { type: "done" }>["finishReason"]): ChatEvent => ({
  type: "done",
  finishReason,
});
const usage = (inputTokens: number, outputTokens: number, cacheReadTokens = 0): ChatEvent => ({
  type: "usage",
  usage: { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens: 0 },
});

function read(data: readonly string[]): readonly ChatEvent[] {
  const reader = new AnswerReader();
  const events: ChatEvent[] = [];
  reader.take(data, events);
  return events;
}

const STREAMS: readonly (readonly [string, readonly string[], readonly ChatEvent[]])[] = [
  ["text", [chunk({ content: "a" }), chunk({ content: "b" }, "stop"), END], [
    text("a"),
    text("b"),
    done("stop"),
  ]],
  ["text in parts", [
    chunk({ content: [{ type: "text", text: "a" }, { type: "thinking" }, { type: "text" }] }),
    chunk({}, "stop"),
    END,
  ], [text("a"), done("stop")]],
  ["thoughts, which are not shown", [
    chunk({ content: "", reasoning: "hm" }),
    chunk({ content: null, reasoning_content: "hm" }),
    chunk({ content: "<think>hm</think> a" }),
    chunk({}, "stop"),
    END,
  ], [text("a"), done("stop")]],
  ["what looked like the beginning of a thought", [chunk({ content: "<th" }, "stop"), END], [
    text("<th"),
    done("stop"),
  ]],
  ["a refusal", [chunk({ refusal: "No" }), chunk({ refusal: null }, "stop"), END], [
    text("No"),
    done("content_filter"),
  ]],
  ["a refusal that is none", [chunk({ content: "a", refusal: false }, "stop"), END], [
    text("a"),
    done("stop"),
  ]],
  ["every reason to end", [chunk({ content: "a" }, "length"), END], [text("a"), done("length")]],
  ["a filter", [chunk({ content: "a" }, "content_filter"), END], [
    text("a"),
    done("content_filter"),
  ]],
  ["an unknown reason", [chunk({ content: "a" }, "tired"), END], [text("a"), done("other")]],
  ["usage, the last of it", [
    JSON.stringify({ choices: [], usage: { prompt_tokens: 1 } }),
    chunk({ content: "a" }, "stop"),
    JSON.stringify({
      choices: [],
      usage: {
        prompt_tokens: 5,
        completion_tokens: 2,
        prompt_tokens_details: { cached_tokens: 3 },
      },
    }),
    END,
  ], [text("a"), usage(5, 2, 3), done("stop")]],
  ["what DeepSeek read from its cache", [
    chunk({ content: "a" }, "stop"),
    JSON.stringify({
      choices: [],
      usage: { prompt_tokens: 5, completion_tokens: 2, prompt_cache_hit_tokens: 4 },
    }),
    END,
  ], [text("a"), usage(5, 2, 4), done("stop")]],
  ["events of nothing", ["", chunk({ content: "a" }, "stop"), "", END], [text("a"), done("stop")]],
  ["nothing after the end", [chunk({ content: "a" }, "stop"), END, chunk({ content: "b" })], [
    text("a"),
    done("stop"),
  ]],
  ["only the first choice", [
    JSON.stringify({
      choices: [{ delta: { content: "a" }, finish_reason: "stop" }, { delta: { content: "b" } }],
    }),
    END,
  ], [text("a"), done("stop")]],
  ["a call in pieces", [
    calls(piece(0, "c1", "look", "")),
    calls(piece(0, undefined, undefined, '{"a"')),
    calls(piece(0, "", "", ":1}")),
    chunk({}, "tool_calls"),
    END,
  ], [call("c1", "look", '{"a":1}'), done("tool_calls")]],
  ["calls between each other, in the order of their places", [
    calls(piece(1, "c2", "hear"), piece(0, "c1", "look")),
    calls(piece(1, undefined, undefined, "{2}"), piece(0, undefined, undefined, "{1}")),
    chunk({}, "stop"),
    END,
  ], [call("c1", "look", "{1}"), call("c2", "hear", "{2}"), done("tool_calls")]],
  ["calls without a place", [
    calls(piece(undefined, "c1", "look", "{1}"), piece(undefined, "c2", "look", "{2}")),
    calls(piece(undefined, "c1", undefined, "+")),
    chunk({}, "tool_calls"),
    END,
  ], [call("c1", "look", "{1}+"), call("c2", "look", "{2}"), done("tool_calls")]],
  ["calls that all have the same place", [
    calls(piece(0, "c1", "look", "{1}")),
    calls(piece(0, "c2", "look", "{2}")),
    calls(piece(0, "c3", "hear", "{3}")),
    chunk({}, "tool_calls"),
    END,
  ], [
    call("c1", "look", "{1}"),
    call("c2", "look", "{2}"),
    call("c3", "hear", "{3}"),
    done("tool_calls"),
  ]],
  ["a call whose name comes late", [
    calls(piece(0, "c1", undefined, '{"a"')),
    calls(piece(0, undefined, "look", ":1}")),
    chunk({}, "function_call"),
    END,
  ], [call("c1", "look", '{"a":1}'), done("tool_calls")]],
  ["a call of nothing, which is none", [calls(piece(0, "c1", " ")), chunk({}, "stop"), END], [
    done("stop"),
  ]],
];

Deno.test("AnswerReader reads streams", async (t) => {
  for (const [name, data, events] of STREAMS) {
    await t.step(name, () => assertEquals(read(data), events));
  }
});

Deno.test("AnswerReader gives calls without an id, or with the same one, ids of their own", () => {
  const [first, second, third] = read([
    calls(
      piece(0, undefined, "look", "{}"),
      piece(1, "c", "look", "{}"),
      piece(2, "c", "look", "{}"),
    ),
    chunk({}, "tool_calls"),
    END,
  ]).map((event) => event.type === "tool_call" ? event.toolCall.id : "");
  assertMatch(first ?? "", /^call_\S+$/);
  assertEquals(second, "c");
  assertMatch(third ?? "", /^call_\S+$/);
});

const FAULTS: readonly (readonly [string, string, RegExp])[] = [
  ["no JSON", "{nonsense", /not JSON/],
  ["a text", '"hello"', /not its own format/],
  ["nothing", "null", /not its own format/],
  ["no choices", "{}", /not its own format/],
  ["choices that are none", '{"choices":7}', /not its own format/],
  ["a choice that is none", '{"choices":[7]}', /not its own format/],
  ["text that is none", chunk({ content: 7 }), /not its own format/],
  ["an ending that is none", '{"choices":[{"delta":{},"finish_reason":7}]}', /not its own format/],
  ["thoughts that are none", chunk({ reasoning: 7 }), /not its own format/],
  ["calls that are none", chunk({ tool_calls: 7 }), /not its own format/],
  ["a call that is none", calls(7), /not its own format/],
  ["arguments that are no text", calls({ index: 0, function: { arguments: {} } }), /own format/],
  ["usage that is none", '{"choices":[],"usage":{"prompt_tokens":"7"}}', /not its own format/],
];

Deno.test("AnswerReader refuses what is not the format, and keeps what came before it", async (t) => {
  for (const [name, data, message] of FAULTS) {
    await t.step(name, () => {
      const events: ChatEvent[] = [];
      const take = () => new AnswerReader().take([chunk({ content: "a" }), data, END], events);
      const error = assertThrows(take, GuardError);
      assertEquals(error.code, "invalid_response");
      assertMatch(error.message, message);
      assertEquals(events, [text("a")]);
    });
  }
});

Deno.test("AnswerReader throws what a vendor says went wrong", async (t) => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['{"error":{"message":"Busy","code":503}}', { message: "Busy", code: 503 }],
    ['{"error":"Busy"}', { error: { message: "Busy" } }],
    [
      '{"choices":[{"delta":{"content":"a"},"finish_reason":"error"}],"error":{"message":"Gone"}}',
      { message: "Gone" },
    ],
  ];
  for (const [data, expected] of cases) {
    await t.step(data, () => {
      for (const whole of [false, true]) {
        const reader = new AnswerReader();
        let thrown: unknown;
        try {
          if (whole) reader.takeWhole(data, []);
          else reader.take([data], []);
        } catch (error) {
          thrown = error;
        }
        assertEquals(thrown, expected);
      }
    });
  }
  await t.step("but no error that is null", () => {
    const data = '{"error":null,"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}';
    assertEquals(read([data, END]), [text("a"), done("stop")]);
  });
});

Deno.test("AnswerReader tells that an answer was cut", async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["in the middle", [chunk({ content: "a" })]],
    ["with an end that gives no reason", [chunk({ content: "a" }), END]],
    ["in a call", [calls(piece(0, "c1", "look", '{"a'))]],
    ["with a reason that is none yet", [chunk({ tool_calls: [piece(0, "c1", "look")] }, "")]],
  ];
  for (const [name, data] of cases) {
    await t.step(name, () => {
      const reader = new AnswerReader();
      const events: ChatEvent[] = [];
      const error = assertThrows(() => {
        reader.take(data, events);
        reader.end(events);
      }, GuardError);
      assertEquals(error.code, "network");
      assertEquals(events.filter(({ type }) => type !== "text_delta"), []);
    });
  }
});

Deno.test("AnswerReader refuses a call that names no tool", () => {
  const data = [calls(piece(0, "c1", "", "{}")), chunk({}, "tool_calls"), END];
  assertEquals(assertThrows(() => read(data), GuardError).code, "invalid_response");
});

const WHOLE: readonly (readonly [string, unknown, readonly ChatEvent[]])[] = [
  ["text", { message: { content: "a" }, finish_reason: "stop" }, [text("a"), done("stop")]],
  ["no reason to end", { message: { content: "a" } }, [text("a"), done("other")]],
  [
    "thoughts",
    { message: { content: "<think>b</think>a", reasoning: "c" }, finish_reason: "stop" },
    [
      text("a"),
      done("stop"),
    ],
  ],
  ["calls", {
    message: {
      content: null,
      tool_calls: [{ id: "c1", function: { name: "look", arguments: "{}" } }],
    },
    finish_reason: "stop",
  }, [call("c1", "look", "{}"), done("tool_calls")]],
  ["a call without arguments", {
    message: { content: null, tool_calls: [{ id: "c1", function: { name: "look" } }] },
    finish_reason: "tool_calls",
  }, [call("c1", "look", ""), done("tool_calls")]],
];

Deno.test("AnswerReader reads whole answers", async (t) => {
  for (const [name, choice, events] of WHOLE) {
    await t.step(name, () => {
      const got: ChatEvent[] = [];
      new AnswerReader().takeWhole(JSON.stringify({ choices: [choice] }), got);
      assertEquals(got, events);
    });
  }
  for (const body of ["", "{}", '{"choices":[]}', '{"choices":[{"message":{"content":7}}]}']) {
    await t.step(`and refuses ${body || "nothing"}`, () => {
      const error = assertThrows(() => new AnswerReader().takeWhole(body, []), GuardError);
      assertEquals(error.code, "invalid_response");
    });
  }
});
