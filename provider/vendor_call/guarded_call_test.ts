// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { GuardError } from "./guard_error.ts";
import { type Fetch, GuardedCall, type GuardLimits } from "./guarded_call.ts";

const LIMITS: GuardLimits = {
  responseMs: 60_000,
  idleMs: 60_000,
  maxEventBytes: 100,
  maxBodyBytes: 1_000,
};

type ContentType = "text/event-stream" | "application/json";

/** A body as the platform's, and one as a fetch that was handed in may give it. */
const KINDS: Readonly<Record<string, (pieces: readonly Uint8Array[]) => ReadableStream>> = {
  "of bytes": (pieces) => {
    const rest = pieces.map((piece) => piece.slice()); // the stream takes them for itself
    return new ReadableStream({
      type: "bytes",
      pull(controller) {
        const piece = rest.shift();
        if (piece !== undefined) return controller.enqueue(piece);
        controller.close();
        controller.byobRequest?.respond(0);
      },
    });
  },
  "of chunks": (pieces) => ReadableStream.from(pieces),
};

function answering(body: BodyInit | null, type: ContentType = "application/json"): GuardedCall {
  return callOf(async () => new Response(body, { headers: { "content-type": type } }), type);
}

function callOf(fetch: Fetch, type: ContentType = "application/json", signal?: AbortSignal) {
  return new GuardedCall(fetch, LIMITS, type, signal);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("GuardedCall reads a body of any kind, wherever it is cut", async (t) => {
  const text = "\uFEFFé – 因为 😀 ".repeat(9);
  const whole = bytes(text);
  for (const [kind, bodyOf] of Object.entries(KINDS)) {
    for (const size of [1, 2, 3, 7, 1_000]) {
      await t.step(`${kind}, ${size} at a time`, async () => {
        const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => {
          return whole.slice(i * size, i * size + size);
        });
        const call = answering(bodyOf(pieces));
        const body = call.open(await call.ask("http://x"));
        assertEquals(await body.text(), text.slice(1));
        assertEquals(body.isWhole, true);
        call.close();
        assertEquals(call.signal.aborted, false);
      });
    }
  }
});

Deno.test("GuardedCall reads an answer without a body", async () => {
  const call = answering(null);
  assertEquals(await call.open(await call.ask("http://x")).text(), "");
  call.close();
});

Deno.test("GuardedCall refuses what is longer than is allowed, and ends the call", async (t) => {
  const cases: readonly (readonly [ContentType, readonly string[], RegExp | undefined])[] = [
    ["application/json", ["a".repeat(1_000)], undefined],
    ["application/json", ["a".repeat(600), "a".repeat(401)], /an answer of more than 1000 bytes/],
    ["text/event-stream", ["data: 1\n\n".repeat(900)], undefined],
    ["text/event-stream", ["a".repeat(60), `${"a".repeat(30)}\r\n\r\n`, "b".repeat(90)], undefined],
    ["text/event-stream", ["a".repeat(60), "a".repeat(41)], /an event of more than 100 bytes/],
    ["text/event-stream", ["data: 1\n\n", "a\n".repeat(51)], /an event of more than 100 bytes/],
    ["text/event-stream", ["a".repeat(90) + "\n", "\n" + "b".repeat(90)], undefined],
    ["text/event-stream", ["a".repeat(90) + "\n", "\r", "\n" + "b".repeat(90)], undefined],
    ["text/event-stream", ["a".repeat(90) + "\n\r", "\n" + "b".repeat(90)], undefined],
    ["text/event-stream", Array(9).fill("\ndata: 123456"), /an event of more than 100 bytes/],
    ["text/event-stream", Array(9).fill("\r\ndata: 12345"), /an event of more than 100 bytes/],
    ["text/event-stream", Array(99).fill(["data: 1", "\r", "\n"]).flat(), /an event of more than/],
  ];
  for (const [type, texts, message] of cases) {
    for (const [kind, bodyOf] of Object.entries(KINDS)) {
      await t.step(`${type} ${kind}: ${texts.map(({ length }) => length)}`, async () => {
        const call = answering(bodyOf(texts.map(bytes)), type);
        const body = call.open(await call.ask("http://x"));
        if (message === undefined) {
          assertEquals(await body.text(), texts.join(""));
        } else {
          const error = await assertRejects(() => body.text(), GuardError);
          assertEquals([error.code, call.failure, call.signal.aborted], [
            "invalid_response",
            error,
            true,
          ]);
          assertMatch(error.message, message);
        }
        call.close();
      });
    }
  }
});

Deno.test("GuardedCall refuses what is longer than was announced", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answered = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n" +
      "Transfer-Encoding: chunked\r\n\r\n";
    await connection.write(bytes(`${head}7d0\r\n${"a".repeat(2_000)}\r\n0\r\n\r\n`));
  })();
  const call = callOf(fetch);
  const body = call.open(await call.ask(`http://127.0.0.1:${listener.addr.port}/`));
  const error = await assertRejects(() => body.text(), GuardError);
  assertMatch(error.message, /an answer of more than 1000 bytes/);
  call.close();
  await answered;
});

Deno.test("GuardedCall leaves a fetch behind that ignores its signal", async () => {
  const abort = new AbortController();
  const late = Promise.withResolvers<Response>();
  const cancelled = Promise.withResolvers<unknown>();
  const call = callOf(() => late.promise, "application/json", abort.signal);
  const asked = call.ask("http://x");
  const reason = new Error("no longer wanted");
  abort.abort(reason);
  assertEquals(await assertRejects(() => asked), reason);
  late.resolve(new Response(new ReadableStream({ cancel: cancelled.resolve })));
  await cancelled.promise;
  call.close();
});

Deno.test("GuardedCall ends a read that waits when the call is closed", async (t) => {
  for (const type of ["bytes", undefined] as const) {
    await t.step(type ?? "chunks", async () => {
      const cancelled = Promise.withResolvers<unknown>();
      const source = { type, cancel: cancelled.resolve } as UnderlyingDefaultSource;
      const call = answering(new ReadableStream(source));
      const body = call.open(await call.ask("http://x"));
      const reading = body.text();
      const failure = new GuardError("unavailable", "the provider is closed");
      call.close(failure);
      assertEquals(await assertRejects(() => reading), failure);
      await cancelled.promise;
    });
  }
});

Deno.test("GuardedCall cancels a body that is opened after the call is over", async () => {
  const cancelled = Promise.withResolvers<unknown>();
  const abort = new AbortController();
  const body = new ReadableStream({ cancel: cancelled.resolve });
  const call = callOf(async () => new Response(body), "application/json", abort.signal);
  const response = await call.ask("http://x");
  const reason = new Error("no longer wanted");
  abort.abort(reason);
  assertEquals(await assertRejects(() => call.open(response).text()), reason);
  assertEquals(await cancelled.promise, reason);
  call.close();
});

Deno.test("GuardedCall takes a type of content in letters of any size", async () => {
  const headers = { "content-type": "Text/Event-Stream; charset=utf-8" };
  const fetch = async () => new Response("data: 1\n\n", { headers });
  const call = callOf(fetch, "text/event-stream");
  assertEquals(await call.open(await call.ask("http://x")).text(), "data: 1\n\n");
  call.close();
});
