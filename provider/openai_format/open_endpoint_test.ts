// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
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

Deno.test("an error with status 200 is told in the vendor's words", async () => {
  const error = { error: { message: "The model is loading", code: 503 } };
  await using server = openVendorServer(({ body }) =>
    body.stream
      ? new Response(`data: ${JSON.stringify(error)}\n\n`, EVENT_STREAM)
      : Response.json(error)
  );
  await using provider = open(server.url);
  for (const stream of [true, false]) {
    const [event, ...rest] = await collect(provider.chat({ ...QUESTION, options: { stream } }));
    assert(event?.type === "error" && rest.length === 0);
    assertEquals([event.code, event.message], [
      "overloaded",
      'Cannot chat with "v/m": The model is loading',
    ]);
  }
});
