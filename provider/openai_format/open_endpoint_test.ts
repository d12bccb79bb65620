// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openProvider } from "../ai_sdk/mod.ts";
import { endless, openVendorServer } from "../ai_sdk/testdata/vendor_server.ts";
import type { ChatEvent, ChatRequest } from "../chat.ts";
import type { Provider } from "../provider.ts";
import { collect } from "../testdata/collect.ts";

const QUESTION: ChatRequest = { model: "m", messages: [{ role: "user", content: "Hello" }] };
const ANSWER =
  'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n';
const END = "data: [DONE]\n\n";
const EVENTS: readonly ChatEvent[] = [
  { type: "text_delta", text: "Hi" },
  { type: "done", finishReason: "stop" },
];
const EVENT_STREAM = { headers: { "content-type": "text/event-stream" } };

function open(baseUrl: string): Provider {
  return openProvider({ name: "v", type: "openai-compatible", baseUrl });
}

Deno.test("a stream is read to its end, so that its connection can be used again", async () => {
  const ports: number[] = [];
  const quiet = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using server = Deno.serve(quiet, (_request, { remoteAddr }) => {
    ports.push(remoteAddr.port);
    return new Response(ReadableStream.from([ANSWER, END]).pipeThrough(new TextEncoderStream()), {
      ...EVENT_STREAM,
    });
  });
  await using provider = open(`http://127.0.0.1:${server.addr.port}/v1`);
  for (let call = 0; call < 5; call++) {
    assertEquals(await collect(provider.chat(QUESTION)), EVENTS);
  }
  assert(new Set(ports).size < ports.length, `each call had a port of its own: ${ports}`);
});

Deno.test("a stream that stays open after its last event is left", async () => {
  const left = Promise.withResolvers<void>();
  await using server = openVendorServer(({ signal }) => {
    signal.addEventListener("abort", () => left.resolve());
    return endless(ANSWER + END);
  });
  await using provider = open(server.url);
  assertEquals(await collect(provider.chat(QUESTION)), EVENTS);
  await left.promise;
});

Deno.test("chatBatches() gives what came in one piece in one group", async () => {
  await using server = openVendorServer(() => new Response(ANSWER + END, EVENT_STREAM));
  await using provider = open(server.url);
  const groups = await Array.fromAsync(provider.chatBatches?.(QUESTION) ?? []);
  assertEquals(groups, [EVENTS]);
});

Deno.test("a stream without [DONE] is whole when it gave a reason to end, and cut when not", async () => {
  const answers = [ANSWER, ANSWER.trimEnd(), ANSWER.slice(0, 40), ""];
  await using server = openVendorServer(() => new Response(answers.shift(), EVENT_STREAM));
  await using provider = open(server.url);
  const last = async () => (await collect(provider.chat(QUESTION))).at(-1);
  const ends: unknown[] = [];
  while (answers.length > 0) {
    const event = await last();
    ends.push(event?.type === "error" ? event.code : event?.type);
  }
  assertEquals(ends, ["done", "done", "network", "network"]);
});

Deno.test("an error with status 200 is told in the vendor's words, without the key", async (t) => {
  const told = (code: unknown) => ({ error: { message: `No sk-12345678 today`, code } });
  const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
  const charset = { "content-type": "application/json; charset=utf-8" };
  const cases: Record<string, readonly [stream: boolean, answer: () => Response, code: string]> = {
    "whole": [false, () => Response.json(told(503)), "overloaded"],
    "as the first event": [true, () => new Response(event(told(503)), EVENT_STREAM), "overloaded"],
    "in the place of a stream": [true, () => Response.json(told(503)), "overloaded"],
    "with a word for a code": [
      true,
      () => new Response(JSON.stringify(told("rate_limit_exceeded")), { headers: charset }),
      "rate_limit",
    ],
    "in a list": [true, () => Response.json([told("context_length_exceeded")]), "context_length"],
    "as a text": [true, () => Response.json({ error: "No sk-12345678 today" }), "overloaded"],
    "bare among events": [
      true,
      () => new Response(`: hello\n\n${JSON.stringify(told(503), null, 2)}\n`, EVENT_STREAM),
      "overloaded",
    ],
  };
  for (const [name, [stream, answer, code]] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using server = openVendorServer(answer);
      await using provider = open(server.url);
      const [event, ...rest] = await collect(provider.chat({ ...QUESTION, options: { stream } }));
      assert(event?.type === "error" && rest.length === 0);
      assertEquals([event.code, event.message], [
        code,
        'Cannot chat with "v/m": No [redacted] today',
      ]);
    });
  }
});

Deno.test("an answer that is whole is told, whatever stands between its events", async () => {
  const error = JSON.stringify({ error: { message: "Not for you" } });
  await using server = openVendorServer(() => new Response(`${error}\n\n${ANSWER}`, EVENT_STREAM));
  await using provider = open(server.url);
  assertEquals(await collect(provider.chat(QUESTION)), EVENTS);
});

Deno.test("JSON that is no error, in the place of a stream, is told as such", async (t) => {
  const cases: Record<string, readonly [answer: () => Response, why: string]> = {
    "another object": [() => Response.json({ hello: 1 }), "it answered with application/json"],
    "half of one": [
      () => new Response('{"error":', { headers: { "content-type": "application/json" } }),
      "it answered with application/json",
    ],
    "bare, and no JSON": [
      () => new Response("{ hello }\n", EVENT_STREAM),
      "it sent something that is not JSON",
    ],
    "bare, and another object": [
      () => new Response('{"hello":1}\n', EVENT_STREAM),
      "it sent something that is not its own format",
    ],
  };
  for (const [name, [answer, why]] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using server = openVendorServer(answer);
      await using provider = open(server.url);
      const [event] = await collect(provider.chat(QUESTION));
      assert(event?.type === "error");
      assertEquals(event.code, "invalid_response");
      assertStringIncludes(event.message, why);
    });
  }
  await t.step("or is too long", async () => {
    const answer = () => Response.json({ error: { message: "x".repeat(5000) } });
    await using server = openVendorServer(answer);
    const limits = { maxBodyBytes: 1000 };
    await using provider = openProvider({
      name: "v",
      type: "openai-compatible",
      baseUrl: server.url,
      limits,
    });
    const [event] = await collect(provider.chat(QUESTION));
    assert(event?.type === "error");
    assertStringIncludes(event.message, "more than 1000 bytes");
  });
});
