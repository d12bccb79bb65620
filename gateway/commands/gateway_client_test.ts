// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { GatewayError } from "../errors.ts";
import { eventFrame } from "../event_stream.ts";
import { status } from "../rest/schemas.ts";
import { GatewayClient, type WireTurnEvent } from "./gateway_client.ts";

const NEVER = new AbortController().signal;
const STARTED: WireTurnEvent = { type: "started", sessionId: "s", messageId: "m", model: "a/b" };
const DELTA: WireTurnEvent = { type: "text_delta", text: "Hello" };
const DONE: WireTurnEvent = { type: "done", messageId: "m2", content: "Hello" };

/** A stream of these events, numbered from one on, that breaks at its end. */
function broken(events: readonly WireTurnEvent[], from: number): Response {
  const frames = events.map((event, index) =>
    eventFrame(JSON.stringify(event), { id: `t:${from + index}`, type: event.type })
  );
  const pieces = [...frames];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.error(new TypeError("The connection was cut"));
      else controller.enqueue(new TextEncoder().encode(piece));
    },
  });
  return new Response(body, { headers: { "x-sigil-turn": "t" } });
}

Deno.test("GatewayClient.chat() resumes a stream that breaks, after the last event seen", async () => {
  const asked: (string | null)[] = [];
  const answers = [broken([STARTED, DELTA], 1), broken([], 3), broken([DONE], 3)];
  const client = new GatewayClient("http://gateway", async (_path, init) => {
    asked.push(new Headers(init.headers).get("last-event-id"));
    return answers.shift() ?? Response.error();
  });
  const events = await Array.fromAsync(client.chat({ content: "Hi" }, NEVER));
  assertEquals(events, [STARTED, DELTA, DONE]);
  assertEquals(asked, [null, "t:2", "t:2"]);
});

Deno.test("GatewayClient.chat() gives up a stream that breaks again and again", async () => {
  const client = new GatewayClient("http://gateway", async () => broken([], 1));
  const error = await assertRejects(
    () => Array.fromAsync(client.chat({ content: "Hi" }, NEVER)),
    GatewayError,
  );
  assertMatch(error.message, /breaks again and again/);
});

Deno.test("GatewayClient.chat() takes the turn back when it is stopped", async () => {
  const stopping = new AbortController();
  const deleted = Promise.withResolvers<string>();
  const client = new GatewayClient("http://gateway", async (path, init) => {
    if (init.method !== "DELETE") return broken([STARTED, DELTA], 1);
    deleted.resolve(path);
    return Response.json({}, { status: 500 });
  });
  await assertRejects(
    async () => {
      for await (const event of client.chat({ content: "Hi" }, stopping.signal)) {
        if (event.type === "text_delta") stopping.abort(new Error("Enough"));
      }
    },
    Error,
    "Enough",
  );
  assertEquals(await deleted.promise, "/api/v1/turns/t");
});

Deno.test("GatewayClient.get() tells what the gateway tells, and what it cannot", async (t) => {
  const detail = {
    type: "x",
    title: "x",
    status: 401,
    code: "unauthorized",
    detail: "Cannot come in",
  };
  const cases = [
    {
      name: "a problem",
      send: async () => Response.json(detail, { status: 401 }),
      text: /^Cannot come in$/,
    },
    {
      name: "no problem",
      send: async () => new Response("<html>", { status: 502 }),
      text: /status 502/,
    },
    {
      name: "nobody",
      send: () => Promise.reject(new TypeError("refused")),
      text: /Cannot reach the gateway at http/,
    },
  ];
  for (const { name, send, text } of cases) {
    await t.step(name, async () => {
      const client = new GatewayClient("http://gateway", send);
      const error = await assertRejects(() => client.get("/api/v1/status", status), GatewayError);
      assertMatch(error.message, text);
      assertEquals(error.code, "unreachable");
      if (name !== "no problem") assertMatch(error.nextStep ?? "", /--data|sigil status/);
    });
  }
});
