// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { createOpenAICompatible } from "npm:@ai-sdk/openai-compatible@^3.0.92";
import { tool as langchainTool } from "npm:@langchain/core@^1.4.0/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "npm:@langchain/openai@^1.6.0";
import type { ChatEvent } from "@sigil/provider";
import {
  APICallError,
  embedMany,
  generateText,
  jsonSchema,
  Output,
  stepCountIs,
  streamText,
  tool,
} from "npm:ai@^7.0.0";
import OpenAI from "npm:openai@^7.0.0";
import { zodResponseFormat } from "npm:openai@^7.0.0/helpers/zod";
import { z } from "zod";
import { type Harness, openHarness, TOKEN } from "./_harness.ts";
import { type ChatScript, fails, hangsAfter, says } from "./_scripted.ts";

const MESSAGES = [{ role: "user", content: "How is the weather in Oslo?" }] as const;

/** Asks for the weather, and says what it was told. */
const weather: ChatScript = async function* ({ messages }): AsyncGenerator<ChatEvent> {
  const last = messages.at(-1);
  if (last?.role === "tool") {
    yield { type: "text_delta", text: `It is ${last.content}` };
    yield { type: "done", finishReason: "stop" };
    return;
  }
  const call = { id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' };
  yield { type: "text_delta", text: "Let me look." };
  yield { type: "tool_call", toolCall: call };
  yield { type: "done", finishReason: "tool_calls" };
};

/** Gives JSON when it is asked for it in this form, and says so when it is not. */
const place: ChatScript = async function* ({ options }): AsyncGenerator<ChatEvent> {
  const format = options?.responseFormat;
  const isAsked = format?.type === "json" && format.schema !== undefined;
  yield { type: "text_delta", text: isAsked ? '{"city":"Oslo"}' : "Nobody asked for JSON" };
  yield { type: "done", finishReason: "stop" };
};

const PLACE = z.object({ city: z.string() });

interface Hanging {
  readonly gateway: Harness;
  readonly stopped: Promise<unknown>;
}

function open(): Promise<Harness> {
  return openHarness({
    scripts: {
      echo: says("Hel", "lo"),
      weather,
      place,
      long: fails({ code: "context_length", message: "The conversation is too long" }),
    },
  });
}

async function openHanging(): Promise<Hanging> {
  const stopped = Promise.withResolvers<unknown>();
  const scripts = { hang: hangsAfter(["Hel"], stopped.resolve) };
  return { gateway: await openHarness({ scripts }), stopped: stopped.promise };
}

Deno.test("the client openai talks to the gateway", async (t) => {
  await using gateway = await open();
  const client = openAi(gateway);
  await t.step("plain", async () => {
    const completion = await client.chat.completions.create({
      model: "scripted/echo",
      messages: [...MESSAGES],
    });
    assertEquals(completion.choices[0]?.message.content, "Hello");
    assertEquals(completion.usage?.total_tokens, 13);
    assertMatch(completion._request_id ?? "", /^[0-9a-f-]{36}$/);
  });
  await t.step("streaming", async () => {
    const stream = await client.chat.completions.create({
      model: "sigil",
      messages: [...MESSAGES],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    assertEquals(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join(""), "Good day");
    assertEquals(chunks.at(-1)?.usage?.prompt_tokens, 5);
  });
  await t.step("tool calls, streamed and run", async () => {
    const asked: unknown[] = [];
    const runner = client.chat.completions.runTools({
      model: "scripted/weather",
      messages: [...MESSAGES],
      stream: true,
      tools: [{
        type: "function",
        function: {
          name: "weather",
          description: "Tells the weather",
          parameters: { type: "object", properties: { city: { type: "string" } } },
          parse: JSON.parse,
          function: (input: unknown) => {
            asked.push(input);
            return "raining";
          },
        },
      }],
    });
    assertEquals(await runner.finalContent(), "It is raining");
    assertEquals(asked, [{ city: "Oslo" }]);
  });
  await t.step("structured output", async () => {
    const completion = await client.chat.completions.parse({
      model: "scripted/place",
      messages: [...MESSAGES],
      response_format: zodResponseFormat(PLACE, "place"),
    });
    assertEquals(completion.choices[0]?.message.parsed, { city: "Oslo" });
  });
  await t.step("errors", async () => {
    const model = "scripted/none";
    const missing = await assertRejects(
      () => client.chat.completions.create({ model, messages: [...MESSAGES] }),
      OpenAI.NotFoundError,
    );
    assertEquals([missing.status, missing.code], [404, "model_not_found"]);
    const tooLong = await assertRejects(
      () => client.chat.completions.create({ model: "scripted/long", messages: [...MESSAGES] }),
      OpenAI.BadRequestError,
    );
    assertEquals(tooLong.code, "context_length_exceeded");
    const stranger = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "sk-wrong-0123456789" });
    await assertRejects(() => stranger.models.list(), OpenAI.AuthenticationError);
  });
  await t.step("models", async () => {
    const models = await Array.fromAsync(client.models.list(), ({ id }) => id);
    assert(models.includes("sigil") && models.includes("scripted/echo"));
    assertEquals((await client.models.retrieve("scripted/echo")).owned_by, "scripted");
  });
  await t.step("embeddings", async () => {
    // Without a format the client asks for base64 and decodes it.
    const { data } = await client.embeddings.create({
      model: "scripted/echo",
      input: ["a", "abc"],
    });
    assertEquals(data.map(({ embedding }) => [...embedding]), [
      [1, Math.fround(0.1), -2.5],
      [3, Math.fround(0.1), -2.5],
    ]);
  });
});

Deno.test("the client openai aborts, down to the model", async () => {
  const { gateway, stopped } = await openHanging();
  await using _ = gateway;
  const stream = await openAi(gateway).chat.completions.create({
    model: "scripted/hang",
    messages: [...MESSAGES],
    stream: true,
  });
  for await (const { choices } of stream) if (choices[0]?.delta.content) break;
  await stopped;
});

Deno.test("the client @ai-sdk/openai-compatible talks to the gateway", async (t) => {
  await using gateway = await open();
  const sigil = aiSdk(gateway);
  await t.step("plain", async () => {
    const { text, usage } = await generateText({ model: sigil("scripted/echo"), prompt: "Hi" });
    assertEquals(text, "Hello");
    assertEquals(usage.totalTokens, 13);
  });
  await t.step("streaming", async () => {
    const { textStream, usage } = streamText({ model: sigil("sigil"), prompt: "Hi" });
    assertEquals((await Array.fromAsync(textStream)).join(""), "Good day");
    assertEquals((await usage).inputTokens, 5);
  });
  await t.step("tool calls, streamed and run", async () => {
    const asked: unknown[] = [];
    const { text } = streamText({
      model: sigil("scripted/weather"),
      prompt: "How is the weather in Oslo?",
      stopWhen: stepCountIs(3),
      tools: {
        weather: tool({
          description: "Tells the weather",
          inputSchema: jsonSchema<{ city: string }>({
            type: "object",
            properties: { city: { type: "string" } },
          }),
          execute: (input) => {
            asked.push(input);
            return Promise.resolve("raining");
          },
        }),
      },
    });
    assertMatch(await text, /It is "?raining"?/);
    assertEquals(asked, [{ city: "Oslo" }]);
  });
  await t.step("structured output", async () => {
    const { output } = await generateText({
      model: sigil("scripted/place"),
      prompt: "Where is it raining?",
      output: Output.object({ schema: PLACE }),
    });
    assertEquals(output, { city: "Oslo" });
  });
  await t.step("errors", async () => {
    const error = await assertRejects(() =>
      generateText({ model: sigil("scripted/none"), prompt: "Hi", maxRetries: 0 })
    );
    assertInstanceOf(error, APICallError);
    assertEquals(error.statusCode, 404);
    assertMatch(error.message, /Cannot route "scripted\/none"/);
  });
  await t.step("embeddings", async () => {
    const model = sigil.embeddingModel("scripted/echo");
    const { embeddings } = await embedMany({ model, values: ["a", "abc"] });
    assertEquals(embeddings.map(([first]) => first), [1, 3]);
  });
});

Deno.test("the client @ai-sdk/openai-compatible aborts, down to the model", async () => {
  const { gateway, stopped } = await openHanging();
  await using _ = gateway;
  const leaving = new AbortController();
  const { textStream } = streamText({
    model: aiSdk(gateway)("scripted/hang"),
    prompt: "Hi",
    abortSignal: leaving.signal,
  });
  for await (const text of textStream) if (text === "Hel") leaving.abort();
  await stopped;
});

Deno.test("the client @langchain/openai talks to the gateway", async (t) => {
  await using gateway = await open();
  await t.step("plain", async () => {
    const { content } = await langchain(gateway, "scripted/echo").invoke("Hi");
    assertEquals(content, "Hello");
  });
  await t.step("streaming", async () => {
    const stream = await langchain(gateway, "sigil").stream("Hi");
    const words = await Array.fromAsync(stream, ({ content }) => String(content));
    assertEquals(words.join(""), "Good day");
  });
  await t.step("tool calls, streamed", async () => {
    const described = langchainTool(() => "raining", {
      name: "weather",
      description: "Tells the weather",
      schema: z.object({ city: z.string() }),
    });
    const model = langchain(gateway, "scripted/weather").bindTools([described]);
    const stream = await model.stream("How is the weather in Oslo?");
    const chunks = await Array.fromAsync(stream);
    const whole = chunks.reduce((left, right) => left.concat(right));
    assertEquals(whole.tool_calls?.map(({ name, args }) => ({ name, args })), [
      { name: "weather", args: { city: "Oslo" } },
    ]);
  });
  await t.step("structured output", async () => {
    const model = langchain(gateway, "scripted/place");
    const structured = model.withStructuredOutput(PLACE, { method: "jsonSchema", name: "place" });
    assertEquals(await structured.invoke("Where is it raining?"), { city: "Oslo" });
  });
  await t.step("errors", async () => {
    const error = await assertRejects(() => langchain(gateway, "scripted/long").invoke("Hi"));
    assertMatch(String(error), /The conversation is too long/);
  });
  await t.step("embeddings", async () => {
    const embeddings = new OpenAIEmbeddings({
      model: "scripted/echo",
      apiKey: TOKEN,
      configuration: { baseURL: `${gateway.url}/v1` },
      maxRetries: 0,
    });
    assertEquals((await embeddings.embedDocuments(["a", "abc"])).map(([first]) => first), [1, 3]);
  });
});

Deno.test("the client @langchain/openai aborts, down to the model", async () => {
  const { gateway, stopped } = await openHanging();
  await using _ = gateway;
  const leaving = new AbortController();
  const stream = await langchain(gateway, "scripted/hang").stream("Hi", { signal: leaving.signal });
  await assertRejects(async () => {
    for await (const { content } of stream) if (content === "Hel") leaving.abort();
  });
  await stopped;
});

function openAi({ url }: Harness): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: TOKEN, maxRetries: 0 });
}

function aiSdk({ url }: Harness) {
  return createOpenAICompatible({
    name: "sigil",
    baseURL: `${url}/v1`,
    apiKey: TOKEN,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
}

function langchain({ url }: Harness, model: string): ChatOpenAI {
  const configuration = { baseURL: `${url}/v1` };
  return new ChatOpenAI({ model, apiKey: TOKEN, configuration, maxRetries: 0 });
}
