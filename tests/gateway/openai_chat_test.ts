// SPDX-License-Identifier: Apache-2.0

import {
  assert,
  assertEquals,
  assertMatch,
  assertObjectMatch,
  assertStringIncludes,
} from "@std/assert";
import { Metrics } from "../../gateway/metrics.ts";
import type { ChatEvent, ChatOptions } from "@sigil/provider";
import {
  chatCompletion,
  chatCompletionChunk,
  openAiErrorBody,
} from "../../gateway/openai/schemas.ts";
import { openHarness, readEvents } from "./_harness.ts";
import { fails, hangsAfter, says, turnSays } from "./_scripted.ts";

const HELLO = [{ role: "user", content: "Hello" }];

const WEATHER = { type: "function", function: { name: "weather" } };

/** How an answer may be asked for, in OpenAI's words and in Sigil's. */
const SCHEMA = { type: "object", properties: { city: { type: "string" } } };
const HOW = {
  temperature: 0,
  top_p: 0.5,
  frequency_penalty: 0.1,
  presence_penalty: -0.1,
  seed: 7,
  max_completion_tokens: 9,
  stop: ["END"],
  response_format: { type: "json_schema", json_schema: { name: "place", schema: SCHEMA } },
};
const HOW_FOR_PROVIDERS: ChatOptions = {
  temperature: 0,
  topP: 0.5,
  frequencyPenalty: 0.1,
  presencePenalty: -0.1,
  seed: 7,
  maxTokens: 9,
  stopSequences: ["END"],
  responseFormat: { type: "json", name: "place", schema: SCHEMA },
};

Deno.test("POST /v1/chat/completions answers with a whole completion", async () => {
  await using gateway = await openHarness();
  const response = await gateway.post("/v1/chat/completions", {
    model: "scripted/echo",
    messages: [{ role: "system", content: "Be brief" }, ...HELLO],
    temperature: 0,
    max_tokens: 9,
    stop: "END",
  });
  const body = chatCompletion.parse(await response.json());
  assertEquals(response.status, 200);
  assertMatch(body.id, /^chatcmpl-/);
  assertEquals(body.model, "scripted/echo");
  assertEquals(body.choices[0]?.message.content, "Hello");
  assertEquals(body.choices[0]?.finish_reason, "stop");
  assertObjectMatch(body.usage ?? {}, {
    prompt_tokens: 11,
    completion_tokens: 2,
    total_tokens: 13,
  });
  assertEquals(gateway.provider.asked, [{
    model: "echo",
    messages: [{ role: "user", content: "Hello" }],
    systemPrompt: "Be brief",
    options: { temperature: 0, maxTokens: 9, stopSequences: ["END"], stream: false },
  }]);
});

Deno.test("POST /v1/chat/completions streams chunks that end with [DONE]", async () => {
  await using gateway = await openHarness();
  const response = await gateway.post("/v1/chat/completions", {
    model: "scripted/echo",
    messages: HELLO,
    stream: true,
    stream_options: { include_usage: true },
  });
  assertMatch(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  const events = await Array.fromAsync(readEvents(response), ({ data }) => data);
  assertEquals(events.pop(), "[DONE]");
  const chunks = events.map((data) => chatCompletionChunk.parse(JSON.parse(data)));
  assertEquals(new Set(chunks.map(({ id }) => id)).size, 1);
  assertEquals(chunks[0]?.choices[0]?.delta.role, "assistant");
  assertEquals(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join(""), "Hello");
  assertEquals(chunks.at(-2)?.choices[0]?.finish_reason, "stop");
  assertEquals(chunks.at(-1)?.choices, []);
  assertEquals(chunks.at(-1)?.usage?.total_tokens, 13);
});

Deno.test("POST /v1/chat/completions passes tools through, and streams what the model asks for", async () => {
  const call = { id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' };
  await using gateway = await openHarness({
    scripts: {
      tools: async function* (): AsyncGenerator<ChatEvent> {
        yield { type: "tool_call", toolCall: call };
        yield { type: "done", finishReason: "tool_calls" };
      },
    },
  });
  const tools = [{
    type: "function",
    function: { name: "weather", description: "Tells it", parameters: { type: "object" } },
  }];
  const body = { model: "scripted/tools", messages: HELLO, tools };
  const whole = await (await gateway.post("/v1/chat/completions", body)).json();
  const wire = {
    id: "call_1",
    type: "function",
    function: { name: "weather", arguments: '{"city":"Oslo"}' },
  };
  assertEquals(whole.choices[0].message, {
    role: "assistant",
    content: null,
    refusal: null,
    tool_calls: [wire],
  });
  assertEquals(whole.choices[0].finish_reason, "tool_calls");
  const streamed = await gateway.post("/v1/chat/completions", { ...body, stream: true });
  const data = await Array.fromAsync(readEvents(streamed), ({ data }) => data);
  const deltas = data.slice(0, -1).map((text) => JSON.parse(text).choices[0].delta.tool_calls?.[0]);
  assertEquals(deltas.filter(Boolean), [
    { index: 0, ...wire, function: { name: "weather", arguments: "" } },
    { index: 0, function: { arguments: '{"city":"Oslo"}' } },
  ]);
  assertEquals(gateway.provider.asked[0]?.tools, [
    { name: "weather", description: "Tells it", inputSchema: { type: "object" } },
  ]);
  const followUp = [
    ...HELLO,
    { role: "assistant", content: null, tool_calls: [wire] },
    { role: "tool", tool_call_id: "call_1", content: "Rain" },
  ];
  await (await gateway.post("/v1/chat/completions", { ...body, messages: followUp })).body
    ?.cancel();
  assertEquals(gateway.provider.asked.at(-1)?.messages, [
    { role: "user", content: "Hello" },
    { role: "assistant", content: "", toolCalls: [call] },
    { role: "tool", content: "Rain", toolCallId: "call_1", toolName: "weather" },
  ]);
});

Deno.test("POST /v1/chat/completions with model sigil is a turn of the agent", async (t) => {
  await using gateway = await openHarness();
  const ask = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
    gateway.post("/v1/chat/completions", { model: "sigil", messages: HELLO, ...body }, { headers });
  await t.step("in a new session, which a header names", async () => {
    const response = await ask({});
    assertEquals((await response.json()).choices[0].message.content, "Good day");
    assertMatch(response.headers.get("x-sigil-session") ?? "", /^session-/);
  });
  const cases = [
    { name: "in the session of the header", headers: { "x-sigil-session": "s1" }, session: "s1" },
    { name: "in the session of the user field", body: { user: "u1" }, session: "u1" },
    {
      name: "the header goes before the field",
      headers: { "x-sigil-session": "s2" },
      body: { user: "u2" },
      session: "s2",
    },
  ];
  for (const { name, body = {}, headers = {}, session } of cases) {
    await t.step(name, async () => {
      const response = await ask(body, headers);
      await response.body?.cancel();
      assertEquals(gateway.agent.asked.at(-1)?.sessionId, session);
      assertEquals(response.headers.get("x-sigil-session"), session);
    });
  }
  await t.step("in the workspace that the model names", async () => {
    await (await ask({ model: "sigil/lab" })).body?.cancel();
    assertObjectMatch(gateway.agent.asked.at(-1) ?? {}, { workspaceId: "lab", content: "Hello" });
  });
  await t.step("and streams like any model", async () => {
    const response = await ask({ stream: true });
    const data = await Array.fromAsync(readEvents(response), ({ data }) => data);
    assertEquals(data.at(-1), "[DONE]");
    const text = data.slice(0, -1).map((one) => JSON.parse(one).choices[0].delta.content ?? "");
    assertEquals(text.join(""), "Good day");
  });
});

Deno.test("POST /v1/chat/completions goes on with the conversation that a client sends back", async () => {
  await using gateway = await openHarness();
  const ask = async (messages: readonly unknown[]) => {
    const response = await gateway.post("/v1/chat/completions", { model: "sigil", messages });
    await response.body?.cancel();
    return response.headers.get("x-sigil-session");
  };
  const first = await ask(HELLO);
  const answered = [...HELLO, { role: "assistant", content: "Good day " }];
  assertEquals(await ask([...answered, { role: "user", content: "And you?" }]), first);
  const other = [...HELLO, { role: "assistant", content: "Bad day" }];
  const second = await ask([...other, { role: "user", content: "And you?" }]);
  assert(second !== first, "Another conversation is another session");
  assert(await ask(HELLO) !== first, "A conversation that begins anew is another session");
});

Deno.test("POST /v1/chat/completions goes on with a conversation that was had before a restart", async () => {
  await using gateway = await openHarness();
  const { sessions } = await gateway.openWorkspace("default");
  await sessions.createSession({ id: "s1", userId: "owner", workspaceId: "default" });
  await sessions.appendMessage("s1", { id: "m1", role: "user", content: "Hello" });
  await sessions.appendMessage("s1", { id: "m2", role: "assistant", content: "Good day" });
  const messages = [
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Good day" },
    { role: "user", content: "And you?" },
  ];
  const response = await gateway.post("/v1/chat/completions", { model: "sigil", messages });
  await response.body?.cancel();
  assertEquals(gateway.agent.asked.map(({ sessionId }) => sessionId), ["s1"]);
});

Deno.test("POST /v1/chat/completions hands the agent what was said elsewhere", async () => {
  await using gateway = await openHarness();
  const wire = { id: "c1", type: "function", function: { name: "look", arguments: "{}" } };
  const messages = [
    { role: "system", content: "Obey" },
    { role: "user", content: [{ type: "text", text: "Weather" }, { type: "text", text: "?" }] },
    { role: "assistant", content: null, tool_calls: [wire] },
    { role: "tool", tool_call_id: "c1", content: "Rain" },
    { role: "assistant", content: "It rains" },
    { role: "user", content: "And now?" },
  ];
  await (await gateway.post("/v1/chat/completions", { model: "sigil", messages })).body?.cancel();
  assertEquals(gateway.agent.asked[0]?.history, [
    { role: "user", content: "Weather?" },
    { role: "assistant", content: "" },
    { role: "assistant", content: "It rains" },
  ]);
  assertEquals(gateway.agent.asked[0]?.content, "And now?");
});

Deno.test("POST /v1/chat/completions fills one session with what was said elsewhere", async () => {
  await using gateway = await openHarness();
  const brought = { taken: 2, leftOut: 3 };
  gateway.agent.script = async function* ({ sessionId = "new" }) {
    yield { type: "started", sessionId, messageId: "m1", model: "scripted/echo", brought };
    yield { type: "error", code: "overloaded", message: "Not now" };
  };
  const messages = [...HELLO, { role: "assistant", content: "Hi" }, ...HELLO];
  const ask = async () => {
    const response = await gateway.post("/v1/chat/completions", { model: "sigil", messages });
    await response.body?.cancel();
    return response;
  };
  const failed = await ask();
  assertEquals([failed.status, failed.headers.get("x-sigil-session")], [503, "new"]);
  assertEquals(failed.headers.get("x-sigil-ignored"), "earlier messages");
  gateway.agent.script = async function* ({ sessionId = "newer" }) {
    yield { type: "started", sessionId, messageId: "m1", model: "scripted/echo", brought };
    yield { type: "text_delta", text: "Good day" };
    yield { type: "done", messageId: "m2", content: "Good day" };
  };
  assertEquals((await ask()).headers.get("x-sigil-session"), "new");
  // by now it holds more than these words
  assertEquals((await ask()).headers.get("x-sigil-session"), "newer");
  messages.push({ role: "assistant", content: "Good day" }, ...HELLO);
  assertEquals((await ask()).headers.get("x-sigil-session"), "newer");
});

Deno.test("POST /v1/chat/completions tells failures as OpenAI does", async (t) => {
  const scripts = {
    echo: says("Hello"),
    limited: fails({ code: "rate_limit", message: "Too fast", retryAfterMs: 2_500 }),
    long: fails({ code: "context_length", message: "Too long" }),
    poor: fails({ code: "budget", message: "Spent" }),
    locked: fails({ code: "auth", message: "No key" }),
    broken: fails({ code: "invalid_response", message: "Garbage" }),
    dear: async function* (): AsyncGenerator<ChatEvent> {
      const none = { cacheReadTokens: 0, cacheWriteTokens: 0 };
      yield { type: "usage", usage: { inputTokens: 9, outputTokens: 0, ...none } };
      yield { type: "error", code: "overloaded", message: "Not now" };
    },
    mute: async function* (): AsyncGenerator<ChatEvent> {},
  };
  await using gateway = await openHarness({ scripts });
  const many = Array.from({ length: 10_000 }, () => HELLO[0]);
  const cases = [
    {
      name: "unknown model",
      body: { model: "scripted/none" },
      status: 404,
      code: "model_not_found",
    },
    { name: "unknown provider", body: { model: "none" }, status: 404, code: "model_not_found" },
    {
      name: "rate limit",
      body: { model: "scripted/limited" },
      status: 429,
      code: "rate_limit_exceeded",
    },
    {
      name: "too long",
      body: { model: "scripted/long" },
      status: 400,
      code: "context_length_exceeded",
    },
    { name: "budget", body: { model: "scripted/poor" }, status: 429, code: "insufficient_quota" },
    { name: "vendor key", body: { model: "scripted/locked" }, status: 502, code: "auth" },
    {
      name: "vendor garbage",
      body: { model: "scripted/broken" },
      status: 502,
      code: "invalid_response",
    },
    {
      name: "a failure that costs",
      body: { model: "scripted/dear" },
      status: 503,
      code: "overloaded",
    },
    {
      name: "an answer that never ends",
      body: { model: "scripted/mute" },
      status: 500,
      code: "internal",
    },
    { name: "10,000 messages", body: { messages: many }, status: 400, code: "invalid_request" },
    { name: "no messages", body: { messages: [] }, status: 400, code: "invalid_request" },
    { name: "no model", body: { model: undefined }, status: 400, code: "invalid_request" },
    { name: "wrong type", body: { temperature: "hot" }, status: 400, code: "invalid_request" },
    {
      name: "an image",
      body: { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
      status: 400,
      code: "invalid_request",
    },
    {
      name: "a result of no call",
      body: { messages: [{ role: "tool", tool_call_id: "x", content: "" }] },
      status: 400,
      code: "invalid_request",
    },
    { name: "two answers", body: { n: 2 }, status: 400, code: "unsupported" },
    { name: "probabilities", body: { logprobs: true }, status: 400, code: "unsupported" },
    { name: "functions", body: { functions: [{}] }, status: 400, code: "unsupported" },
    { name: "speech", body: { audio: { voice: "x" } }, status: 400, code: "unsupported" },
    {
      name: "a forced tool where none is offered",
      body: { tool_choice: "required" },
      status: 400,
      code: "invalid_request",
    },
    {
      name: "a forced tool that is not offered",
      body: { tools: [WEATHER], tool_choice: { type: "function", function: { name: "news" } } },
      status: 400,
      code: "invalid_request",
    },
    {
      name: "a forced tool of the agent",
      body: { model: "sigil", tools: [WEATHER], tool_choice: "required" },
      status: 400,
      code: "unsupported",
    },
    {
      name: "a form that there is not",
      body: { response_format: { type: "grammar" } },
      status: 400,
      code: "invalid_request",
    },
    {
      name: "a schema without a name",
      body: { response_format: { type: "json_schema", json_schema: { schema: {} } } },
      status: 400,
      code: "invalid_request",
    },
    { name: "chance beyond measure", body: { top_p: 2 }, status: 400, code: "invalid_request" },
    { name: "no such workspace", body: { model: "sigil/none" }, status: 404, code: "not_found" },
    {
      name: "an empty message to the agent",
      body: { model: "sigil", messages: [{ role: "user", content: " \n" }] },
      status: 400,
      code: "invalid_request",
    },
    {
      name: "last words not the user's",
      body: { model: "sigil", messages: [{ role: "assistant", content: "Hi" }] },
      status: 400,
      code: "invalid_request",
    },
  ];
  for (const { name, body, status, code } of cases) {
    for (const stream of [false, true]) {
      await t.step(`${name}${stream ? ", streaming" : ""}`, async () => {
        const request = { model: "scripted/echo", messages: HELLO, stream, ...body };
        const response = await gateway.post("/v1/chat/completions", request);
        const { error } = openAiErrorBody.parse(await response.json());
        assertEquals({ status: response.status, code: error.code }, { status, code });
        assertMatch(error.message, /\S/);
        if (name === "rate limit") assertEquals(response.headers.get("retry-after"), "3");
      });
    }
  }
  await t.step("and goes on serving", async () => {
    const response = await gateway.post("/v1/chat/completions", {
      model: "scripted/echo",
      messages: HELLO,
    });
    assertEquals((await response.json()).choices[0].message.content, "Hello");
  });
});

Deno.test("POST /v1/chat/completions ends a stream that fails midway with an error", async () => {
  await using gateway = await openHarness({
    scripts: {
      cut: async function* (): AsyncGenerator<ChatEvent> {
        yield { type: "text_delta", text: "Hel" };
        yield { type: "error", code: "network", message: "The line went dead" };
      },
    },
  });
  const response = await gateway.post("/v1/chat/completions", {
    model: "scripted/cut",
    messages: HELLO,
    stream: true,
  });
  const data = await Array.fromAsync(readEvents(response), ({ data }) => JSON.parse(data));
  assertEquals(data.at(-1), {
    error: { message: "The line went dead", type: "server_error", param: null, code: "network" },
  });
});

Deno.test("POST /v1/chat/completions stops the model when the client leaves", async (t) => {
  for (const words of [[], ["Hel"]]) {
    for (const stream of [true, false]) {
      await t.step(`after ${words.length} words, ${stream ? "" : "not "}streaming`, async () => {
        const stopped = Promise.withResolvers<unknown>();
        const asked = Promise.withResolvers<void>();
        const hang = hangsAfter(words, stopped.resolve);
        const metrics = new Metrics();
        await using gateway = await openHarness({
          parts: { metrics },
          scripts: {
            hang: (request, signal) => {
              asked.resolve();
              return hang(request, signal);
            },
          },
        });
        const leaving = new AbortController();
        const body = { model: "scripted/hang", messages: HELLO, stream };
        const pending = gateway.post("/v1/chat/completions", body, { signal: leaving.signal });
        if (stream && words.length > 0) await (await pending).body?.getReader().read();
        await asked.promise;
        leaving.abort();
        await pending.catch(() => {});
        await stopped.promise;
        await gateway.server.close();
        const entries = await gateway.store.auditLog.query();
        assertEquals(entries.map(({ result }) => result), ["cancelled"]);
        const status = stream && words.length > 0 ? 200 : 499;
        assertStringIncludes(metrics.toText(), `method="post",status="${status}"} 1\n`);
      });
    }
  }
});

Deno.test("POST /v1/chat/completions passes on how to answer", async (t) => {
  await using gateway = await openHarness();
  await t.step("to a model", async () => {
    const tools = { tools: [WEATHER], tool_choice: WEATHER };
    const body = { model: "scripted/echo", messages: HELLO, ...HOW, ...tools };
    await (await gateway.post("/v1/chat/completions", body)).body?.cancel();
    const options = { ...HOW_FOR_PROVIDERS, toolChoice: { toolName: "weather" }, stream: false };
    assertEquals(gateway.provider.asked.at(-1)?.options, options);
  });
  await t.step("to the agent", async () => {
    const body = { model: "sigil", messages: HELLO, ...HOW };
    await (await gateway.post("/v1/chat/completions", body)).body?.cancel();
    assertEquals(gateway.agent.asked.at(-1)?.options, { ...HOW_FOR_PROVIDERS, stream: false });
  });
  await t.step("and nothing of what is not said", async () => {
    const nothing = { top_p: null, response_format: { type: "text" }, tool_choice: "auto" };
    const body = { model: "scripted/echo", messages: HELLO, ...nothing };
    await (await gateway.post("/v1/chat/completions", body)).body?.cancel();
    assertEquals(gateway.provider.asked.at(-1)?.options, { stream: false });
  });
});

Deno.test("POST /v1/chat/completions names the hints that it passes over", async () => {
  await using gateway = await openHarness();
  const messages = [{ role: "system", content: "Answer like a pirate" }, ...HELLO];
  const hints = { messages, top_p: 0.5, reasoning_effort: "low", tools: [WEATHER] };
  const cases = {
    "scripted/echo": "reasoning_effort",
    sigil: "reasoning_effort, tools, system messages",
  };
  for (const [model, ignored] of Object.entries(cases)) {
    const response = await gateway.post("/v1/chat/completions", { model, ...hints });
    await response.body?.cancel();
    assertEquals(response.headers.get("x-sigil-ignored"), ignored);
  }
});

Deno.test("POST /v1/chat/completions writes every pass-through into the audit log", async () => {
  await using gateway = await openHarness({
    scripts: { echo: says("Hello"), poor: fails({ code: "budget", message: "Spent" }) },
  });
  gateway.agent.script = turnSays("Hi");
  for (const model of ["scripted/echo", "scripted/poor", "sigil"]) {
    const response = await gateway.post("/v1/chat/completions", { model, messages: HELLO });
    await response.body?.cancel();
  }
  const entries = await gateway.store.auditLog.query();
  assertEquals(entries.map(({ action, actor, result }) => ({ action, actor, result })), [
    { action: "chat.completion", actor: "owner", result: "budget" },
    { action: "chat.completion", actor: "owner", result: "ok" },
  ]);
  assertEquals(entries[1]?.details, { model: "scripted/echo", inputTokens: 11, outputTokens: 1 });
});
