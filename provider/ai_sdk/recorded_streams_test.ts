// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import type { ChatEvent, ChatRequest, Usage } from "../chat.ts";
import { collect } from "../testdata/collect.ts";
import { openProvider, type ProviderType } from "./mod.ts";
import { openVendorServer, recorded } from "./testdata/vendor_server.ts";

const QUESTION: ChatRequest = {
  model: "some-model",
  messages: [{ role: "user", content: "Why is the sky blue?" }],
};

interface Recording {
  readonly type: ProviderType;
  readonly file: string;
  readonly events: readonly ChatEvent[];
  readonly request?: Partial<ChatRequest>;
}

function text(...texts: readonly string[]): readonly ChatEvent[] {
  return texts.map((text) => ({ type: "text_delta", text }));
}

function call(id: string, name: string, args: string): ChatEvent {
  return { type: "tool_call", toolCall: { id, name, arguments: args } };
}

function usage(
  inputTokens: number,
  outputTokens: number,
  cacheReadTokens = 0,
  cacheWriteTokens = 0,
): ChatEvent {
  const usage: Usage = { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
  return { type: "usage", usage };
}

const stop: ChatEvent = { type: "done", finishReason: "stop" };
const toolCalls: ChatEvent = { type: "done", finishReason: "tool_calls" };

function error(
  code: Extract<ChatEvent, { type: "error" }>["code"],
  message: string,
): ChatEvent {
  return { type: "error", code, message: `Cannot chat with "v/some-model": ${message}` };
}

const RECORDINGS: readonly Recording[] = [
  {
    type: "openai-compatible",
    file: "openai_chat_text.sse",
    events: [...text("The sky", " is blue – ", "因为散射."), usage(1210, 95, 1024), stop],
  },
  {
    type: "openai-compatible",
    file: "openai_chat_tools.sse",
    events: [
      call("call_Rk1", "get_weather", '{"city":"Berlin"}'),
      call("call_Rk2", "get_time", '{"zone":"CET"}'),
      usage(80, 41),
      toolCalls,
    ],
  },
  {
    type: "openrouter",
    file: "openrouter_reasoning.sse",
    events: [...text("42"), usage(11, 30), stop],
  },
  {
    type: "openrouter",
    file: "openrouter_error.sse",
    events: [...text("Once"), error("overloaded", "Provider disconnected unexpectedly")],
  },
  {
    type: "ollama",
    file: "ollama_thinking.sse",
    events: [...text("It is", " four."), usage(9, 25), stop],
  },
  {
    type: "openai",
    file: "openai_responses_text.sse",
    events: [...text("Rayleigh", " scattering."), usage(1500, 210, 1280), stop],
  },
  {
    type: "openai",
    file: "openai_responses_tools.sse",
    events: [call("call_W9", "get_weather", '{"city":"Berlin"}'), usage(60, 18), toolCalls],
  },
  {
    type: "openai",
    file: "openai_responses_failed.sse",
    events: [
      ...text("Half"),
      usage(33, 2),
      error("overloaded", "The server had an error while processing your request"),
    ],
  },
  {
    type: "openai",
    file: "openai_chat_text.sse",
    request: { options: { stopSequences: ["\n\n"] } },
    events: [...text("The sky", " is blue – ", "因为散射."), usage(1210, 95, 1024), stop],
  },
  {
    type: "anthropic",
    file: "anthropic_text.sse",
    events: [...text("Blue light ", "scatters.", " Ω"), usage(2020, 14, 1700, 300), stop],
  },
  {
    type: "anthropic",
    file: "anthropic_tools.sse",
    events: [
      ...text("Let me look."),
      call("toolu_01W", "get_weather", '{"city": "Berlin", "days": 2}'),
      usage(2020, 52, 1700, 300),
      toolCalls,
    ],
  },
  {
    type: "anthropic",
    file: "anthropic_thinking.sse",
    events: [...text("Because."), usage(2020, 160, 1700, 300), stop],
  },
  {
    type: "anthropic",
    file: "anthropic_cut.sse",
    events: [
      ...text("Half an ans"),
      usage(2020, 1, 1700, 300),
      error("network", "the answer was cut before its end"),
    ],
  },
  {
    type: "anthropic",
    file: "anthropic_overloaded.sse",
    events: [error("overloaded", "Overloaded")],
  },
  {
    type: "anthropic",
    file: "anthropic_overloaded_late.sse",
    events: [...text("Half"), usage(2020, 1, 1700, 300), error("overloaded", "Overloaded")],
  },
  {
    type: "google",
    file: "google_text.sse",
    events: [...text("Luft ", "streut Blau."), usage(640, 52, 512), stop],
  },
  {
    type: "google",
    file: "google_cut.sse",
    events: [
      ...text("Hal"),
      usage(64, 2),
      error("network", "the answer was cut before its end"),
    ],
  },
  // Answers that are no streams.
  {
    type: "openai-compatible",
    file: "openai_chat.json",
    events: [...text("Blue."), usage(12, 3, 4), stop],
  },
  { type: "openai", file: "openai_responses.json", events: [...text("Blue."), usage(12, 3), stop] },
  {
    type: "anthropic",
    file: "anthropic_message.json",
    events: [
      ...text("Blue."),
      call("toolu_02", "get_time", '{"zone":"CET"}'),
      usage(9, 21),
      toolCalls,
    ],
  },
  { type: "google", file: "google_generate.json", events: [...text("Blue."), usage(6, 2), stop] },
];

Deno.test("openProvider() reads every vendor's recorded answers", async (t) => {
  for (const { type, file, events, request } of RECORDINGS) {
    await t.step(`${type}: ${file}`, async () => {
      await using server = openVendorServer(() => recorded(file));
      await using provider = openProvider({
        name: "v",
        type,
        baseUrl: server.url,
        apiKey: "k-123",
      });
      const stream = file.endsWith(".sse");
      const asked = { ...QUESTION, ...request, options: { ...request?.options, stream } };
      const got = await collect(provider.chat(asked));
      assertEquals(JSON.parse(JSON.stringify(got)), events);
      assertEquals(server.seen.length, 1);
      if (type !== "google") assertEquals(server.seen[0]?.body.stream ?? false, stream);
    });
  }
});

Deno.test("openProvider() gives Google's calls an id, for Google gives none", async () => {
  await using server = openVendorServer(() => recorded("google_tools.sse"));
  const options = { name: "v", type: "google", baseUrl: server.url, apiKey: "k-123" } as const;
  await using provider = openProvider(options);
  const [first, ...rest] = await collect(provider.chat(QUESTION));
  assert(first?.type === "tool_call");
  assert(first.toolCall.id.length > 0);
  assertEquals(first.toolCall.name, "get_weather");
  assertEquals(JSON.parse(first.toolCall.arguments), { city: "Berlin" });
  assertEquals(rest, [usage(70, 9), toolCalls]);
});
