// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertFalse, assertObjectMatch } from "@std/assert";
import type { ChatRequest } from "../chat.ts";
import { collect } from "../testdata/collect.ts";
import { openProvider, type ProviderType } from "./mod.ts";
import { openVendorServer, recorded, type SeenRequest } from "./testdata/vendor_server.ts";

const SCHEMA = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

const REQUEST: ChatRequest = {
  model: "some-model",
  systemPrompt: "Be brief.",
  messages: [
    { role: "user", content: "Weather in Berlin and Rome?" },
    { role: "system", content: "It is Monday." },
    {
      role: "assistant",
      content: "Let me look.",
      toolCalls: [
        { id: "c1", name: "get_weather", arguments: '{"city":"Berlin"}' },
        { id: "c2", name: "get_weather", arguments: "{broken" },
      ],
    },
    { role: "tool", content: "Sunny", toolCallId: "c1", toolName: "get_weather" },
    { role: "tool", content: "Malformed", toolCallId: "c2" },
  ],
  tools: [{ name: "get_weather", description: "Tells the weather", inputSchema: SCHEMA }],
  options: { temperature: 0, maxTokens: 77, stopSequences: ["END"] },
};

async function send(
  type: ProviderType,
  answer: string,
  request: ChatRequest,
): Promise<SeenRequest> {
  await using server = openVendorServer(() => recorded(answer));
  await using provider = openProvider({ name: "v", type, baseUrl: server.url, apiKey: "k-123" });
  await collect(provider.chat(request));
  const [seen] = server.seen;
  assert(seen !== undefined);
  return seen;
}

Deno.test("chat() sends OpenAI's format to any compatible endpoint", async () => {
  const { path, headers, body } = await send(
    "openai-compatible",
    "openai_chat_text.sse",
    REQUEST,
  );
  assertEquals([path, headers.get("authorization")], ["/v1/chat/completions", "Bearer k-123"]);
  const call = (id: string, args: string) => ({
    id,
    type: "function",
    function: { name: "get_weather", arguments: args },
  });
  assertEquals(body, {
    model: "some-model",
    max_tokens: 77,
    temperature: 0,
    stop: ["END"],
    messages: [
      { role: "system", content: "Be brief.\n\nIt is Monday." },
      { role: "user", content: "Weather in Berlin and Rome?" },
      {
        role: "assistant",
        content: "Let me look.",
        tool_calls: [
          call("c1", '{"city":"Berlin"}'),
          call("c2", '{"malformed_arguments":"{broken"}'),
        ],
      },
      { role: "tool", tool_call_id: "c1", content: "Sunny" },
      { role: "tool", tool_call_id: "c2", content: "Malformed" },
    ],
    tools: [{
      type: "function",
      function: { name: "get_weather", description: "Tells the weather", parameters: SCHEMA },
    }],
    stream: true,
    stream_options: { include_usage: true },
  });
});

Deno.test("chat() sends Anthropic's format", async () => {
  const { path, headers, body } = await send("anthropic", "anthropic_text.sse", REQUEST);
  assertEquals([path, headers.get("x-api-key")], ["/v1/messages", "k-123"]);
  assertObjectMatch(body, {
    model: "some-model",
    max_tokens: 77,
    temperature: 0,
    stop_sequences: ["END"],
    system: [{ type: "text", text: "Be brief.\n\nIt is Monday." }],
  });
  assertEquals(body.messages.map(({ role }: { role: string }) => role), [
    "user",
    "assistant",
    "user",
  ]);
  assertObjectMatch(body.messages[1].content[1], {
    type: "tool_use",
    id: "c1",
    name: "get_weather",
    input: { city: "Berlin" },
  });
  assertObjectMatch(body.messages[2].content[0], { type: "tool_result", tool_use_id: "c1" });
  assertEquals(body.messages[2].content.length, 2);
});

Deno.test("chat() sends Google's format", async () => {
  const { path, headers, body } = await send("google", "google_text.sse", REQUEST);
  assertEquals(path, "/v1/models/some-model:streamGenerateContent?alt=sse");
  assertEquals(headers.get("x-goog-api-key"), "k-123");
  assertObjectMatch(body, {
    generationConfig: { maxOutputTokens: 77, temperature: 0, stopSequences: ["END"] },
    systemInstruction: { parts: [{ text: "Be brief.\n\nIt is Monday." }] },
  });
  assertEquals(body.contents.length, 3);
  assertEquals(body.contents[1].parts[1].functionCall.args, { city: "Berlin" });
});

Deno.test("chat() asks OpenAI to store nothing", async () => {
  const { path, body } = await send("openai", "openai_responses_text.sse", {
    ...REQUEST,
    options: { temperature: 0, maxTokens: 77 },
  });
  assertEquals(path, "/v1/responses");
  assertObjectMatch(body, { store: false, temperature: 0, max_output_tokens: 77 });
  assertEquals(body.input.at(-2), {
    type: "function_call_output",
    call_id: "c1",
    output: "Sunny",
  });
});

Deno.test("chat() keeps stop sequences with OpenAI through its older interface", async () => {
  const { path, body } = await send("openai", "openai_chat_text.sse", REQUEST);
  assertEquals(path, "/v1/chat/completions");
  assertObjectMatch(body, { stop: ["END"], temperature: 0, store: false });
});

Deno.test("chat() leaves out what is not asked for", async () => {
  const { body, headers } = await send("openai-compatible", "openai_chat_text.sse", {
    model: "m",
    messages: [{ role: "assistant", content: "" }, { role: "user", content: "Hi" }],
    options: { stopSequences: [] },
    tools: [],
  });
  assertEquals(body, {
    model: "m",
    messages: [{ role: "user", content: "Hi" }],
    stream: true,
    stream_options: { include_usage: true },
  });
  assertFalse(headers.has("x-api-key"));
});

Deno.test("chat() passes on every option that a vendor knows", async () => {
  const options: ChatRequest["options"] = {
    topP: 0,
    seed: 0,
    frequencyPenalty: 0.5,
    presencePenalty: -0.5,
    toolChoice: { toolName: "get_weather" },
    responseFormat: { type: "json", schema: SCHEMA, name: "place" },
  };
  const request = { ...REQUEST, options };
  const compatible = await send("openai-compatible", "openai_chat_text.sse", request);
  assertObjectMatch(compatible.body, {
    top_p: 0,
    seed: 0,
    frequency_penalty: 0.5,
    presence_penalty: -0.5,
    tool_choice: { type: "function", function: { name: "get_weather" } },
    response_format: {
      type: "json_schema",
      json_schema: { name: "place", schema: SCHEMA },
    },
  });
  const openai = await send("openai", "openai_responses_text.sse", request);
  assertObjectMatch(openai.body, {
    top_p: 0,
    tool_choice: { type: "function", name: "get_weather" },
    text: { format: { type: "json_schema", name: "place", schema: SCHEMA } },
  });
  const anthropic = await send("anthropic", "anthropic_text.sse", {
    ...REQUEST,
    options: { toolChoice: "required" },
  });
  assertObjectMatch(anthropic.body, { tool_choice: { type: "any" } });
  const google = await send("google", "google_text.sse", {
    ...REQUEST,
    options: { toolChoice: "none", responseFormat: { type: "text" } },
  });
  assertObjectMatch(google.body, { toolConfig: { functionCallingConfig: { mode: "NONE" } } });
});

Deno.test("chat() chooses no tool where none is offered", async () => {
  const { body } = await send("openai-compatible", "openai_chat_text.sse", {
    model: "m",
    messages: [{ role: "user", content: "Hi" }],
    options: { toolChoice: "none", responseFormat: { type: "json" } },
  });
  assertEquals([body.tool_choice, body.response_format], [undefined, { type: "json_object" }]);
});
