// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertMatch, assertObjectMatch } from "@std/assert";
import type { TurnEvent } from "@sigil/agent";
import { turnEvent } from "../../gateway/rest/schemas.ts";
import { FakeClock } from "./_fake_clock.ts";
import { type Harness, openHarness, readEvents, type ServerSentEvent } from "./_harness.ts";
import { type TurnScript, untilAborted } from "./_scripted.ts";

/** A turn that goes on when it is told to. */
class SteppedTurn {
  readonly stopped: PromiseWithResolvers<unknown> = Promise.withResolvers();
  readonly #steps: PromiseWithResolvers<TurnEvent>[] = [];
  #told = 0;
  #taken = 0;

  readonly script: TurnScript = (_request, signal) => this.#events(signal);

  tell(...events: readonly TurnEvent[]): void {
    for (const event of events) this.#step(this.#told++).resolve(event);
  }

  async *#events(signal: AbortSignal): AsyncGenerator<TurnEvent, void, void> {
    try {
      while (true) {
        const event = await Promise.race([this.#step(this.#taken++).promise, untilAborted(signal)]);
        yield event;
        if (event.type === "done") return;
      }
    } catch (reason) {
      this.stopped.resolve(reason);
      throw reason;
    }
  }

  #step(index: number): PromiseWithResolvers<TurnEvent> {
    return this.#steps[index] ??= Promise.withResolvers();
  }
}

const STARTED: TurnEvent = { type: "started", sessionId: "s1", messageId: "m1", model: "a/b" };
const DONE: TurnEvent = { type: "done", messageId: "m2", content: "onetwo" };
const text = (words: string): TurnEvent => ({ type: "text_delta", text: words });

Deno.test("POST /api/v1/chat streams the events of a turn, each with an id", async () => {
  await using gateway = await openHarness();
  const response = await gateway.post("/api/v1/chat", {
    content: "Hello",
    session: "s1",
    model: "scripted/echo",
    metadata: { client: "test" },
  });
  const events = await Array.fromAsync(readEvents(response));
  assertEquals(events.map(({ type }) => type), [
    "started",
    "text_delta",
    "text_delta",
    "usage",
    "done",
  ]);
  for (const { data, type } of events) assertEquals(turnEvent.parse(JSON.parse(data)).type, type);
  const turn = response.headers.get("x-sigil-turn");
  assertEquals(events.map(({ id }) => id), [1, 2, 3, 4, 5].map((number) => `${turn}:${number}`));
  assertEquals(gateway.agent.asked, [{
    workspaceId: "default",
    userId: "owner",
    sessionId: "s1",
    content: "Hello",
    model: "scripted/echo",
    metadata: { client: "test" },
  }]);
});

Deno.test("POST /api/v1/chat refuses what is malformed", async (t) => {
  await using gateway = await openHarness();
  const cases = [
    { name: "an empty message", body: { content: "" }, status: 400 },
    { name: "a blank message", body: { content: " \n" }, status: 400 },
    { name: "an unknown field", body: { content: "Hi", sesion: "s1" }, status: 400 },
    { name: "an unknown workspace", body: { content: "Hi", workspace: "none" }, status: 404 },
    { name: "a session with a line break", body: { content: "Hi", session: "a\nb" }, status: 400 },
  ];
  for (const { name, body, status } of cases) {
    await t.step(name, async () => {
      const response = await gateway.post("/api/v1/chat", body);
      const problem = await response.json();
      assertEquals([response.status, problem.status], [status, status]);
      assertMatch(problem.detail, /^Cannot /);
    });
  }
  await t.step("nothing at all", async () => {
    const response = await gateway.fetch("/api/v1/chat", { method: "POST" });
    assertEquals([response.status, (await response.json()).code], [400, "invalid_request"]);
  });
  assertEquals(gateway.agent.asked, []);
});

Deno.test("POST /api/v1/chat tells of a session of another user", async () => {
  await using gateway = await openHarness();
  gateway.agent.script = async function* () {
    yield { type: "error", code: "forbidden", message: "It belongs to another user" };
  };
  const chat = await gateway.post("/api/v1/chat", { content: "Hi", session: "theirs" });
  const [event] = await Array.fromAsync(readEvents(chat));
  assertObjectMatch(JSON.parse(event?.data ?? ""), { type: "error", code: "forbidden" });
  const messages = [{ role: "user", content: "Hi" }];
  const completion = await gateway.post("/v1/chat/completions", { model: "sigil", messages });
  assertEquals([completion.status, (await completion.json()).error.code], [403, "forbidden"]);
});

Deno.test("a stream that broke is resumed after the last event seen", async () => {
  await using gateway = await openHarness();
  const turn = new SteppedTurn();
  gateway.agent.script = turn.script;
  turn.tell(STARTED, text("one"));
  const first = await gateway.post("/api/v1/chat", { content: "Hello" });
  const seen = await take(first, 2);
  turn.tell(text("two"), DONE);
  const second = await resume(gateway, seen[1]?.id);
  const rest = await Array.fromAsync(readEvents(second));
  assertEquals(rest.map(({ data }) => JSON.parse(data)), [text("two"), DONE]);
  assertEquals(gateway.agent.asked.length, 1, "The turn was not begun again");
  const again = await Array.fromAsync(readEvents(await resume(gateway, seen[0]?.id)));
  assertEquals(again.map(({ data }) => JSON.parse(data)), [text("one"), text("two"), DONE]);
});

Deno.test("a turn that nobody reads is stopped after its grace, and forgotten later", async () => {
  const clock = new FakeClock();
  const limits = { resumeGraceMs: 30_000, resumeKeepMs: 60_000, silenceMs: 3_600_000 };
  await using gateway = await openHarness({ clock, limits });
  const turn = new SteppedTurn();
  gateway.agent.script = turn.script;
  turn.tell(STARTED);
  const before = clock.pending;
  const [started] = await take(await gateway.post("/api/v1/chat", { content: "Hello" }), 1);
  await waitFor(() => clock.pending > before + 1); // the grace and the watch over silence
  clock.advance(29_000);
  const back = readEvents(await resume(gateway, started?.id));
  turn.tell(text("one"));
  assertObjectMatch(JSON.parse((await back.next()).value?.data ?? ""), text("one"));
  await back.return();
  await waitFor(async () => {
    clock.advance(30_000);
    return await isSettled(turn.stopped.promise);
  });
  const rest = await Array.fromAsync(readEvents(await resume(gateway, started?.id)));
  assertObjectMatch(JSON.parse(rest.at(-1)?.data ?? ""), { type: "error", code: "cancelled" });
  clock.advance(60_000);
  const gone = await resume(gateway, started?.id);
  assertEquals([gone.status, (await gone.json()).code], [404, "turn_not_found"]);
});

Deno.test("a turn is resumed by its own user alone, and only by an id of an event", async (t) => {
  await using gateway = await openHarness();
  const chat = await gateway.post("/api/v1/chat", { content: "Hello" });
  const [started] = await Array.fromAsync(readEvents(chat));
  const { token } = await (await addMember(gateway)).json();
  const cases = [
    { name: "another user", id: started?.id, authorization: `Bearer ${token}`, status: 404 },
    { name: "an unknown turn", id: `${crypto.randomUUID()}:1`, status: 404 },
    { name: "garbage", id: "yesterday", status: 400 },
  ];
  for (const { name, id, authorization, status } of cases) {
    await t.step(name, async () => {
      const response = await resume(gateway, id, authorization ? { authorization } : {});
      await response.body?.cancel();
      assertEquals(response.status, status);
    });
  }
});

Deno.test("DELETE /api/v1/turns/{turn} stops a turn", async () => {
  await using gateway = await openHarness();
  const turn = new SteppedTurn();
  gateway.agent.script = turn.script;
  turn.tell(STARTED);
  const chat = await gateway.post("/api/v1/chat", { content: "Hello" });
  const events = readEvents(chat);
  await events.next();
  const path = `/api/v1/turns/${chat.headers.get("x-sigil-turn")}`;
  assertEquals((await gateway.fetch(path, { method: "DELETE" })).status, 204);
  await turn.stopped.promise;
  const last = await Array.fromAsync(events);
  assertObjectMatch(JSON.parse(last.at(-1)?.data ?? ""), { type: "error", code: "cancelled" });
});

Deno.test("a silent stream shows that it is alive", async () => {
  const clock = new FakeClock();
  const limits = { heartbeatMs: 1_000, silenceMs: 3_600_000 };
  await using gateway = await openHarness({ clock, limits });
  const turn = new SteppedTurn();
  gateway.agent.script = turn.script;
  const chat = await gateway.post("/api/v1/chat", { content: "Hello" });
  const reader = chat.body?.pipeThrough(new TextDecoderStream()).getReader();
  const reading = reader?.read();
  await waitFor(async () => {
    clock.advance(1_000);
    return await isSettled(reading);
  });
  assertMatch((await reading)?.value ?? "", /^: still here/);
  await reader?.cancel();
  turn.tell(STARTED, DONE);
});

Deno.test("a model that never answers is given up", async (t) => {
  const cases = [
    { name: "POST /api/v1/chat", body: { content: "Hello" }, path: "/api/v1/chat" },
    {
      name: "POST /v1/chat/completions",
      body: { model: "sigil", messages: [{ role: "user", content: "Hello" }] },
      path: "/v1/chat/completions",
    },
  ];
  for (const { name, body, path } of cases) {
    await t.step(name, async () => {
      const clock = new FakeClock();
      await using gateway = await openHarness({ clock, limits: { silenceMs: 10_000 } });
      const asked = Promise.withResolvers<void>();
      // It does not even look at its signal: the gateway must not depend on that.
      gateway.agent.script = async function* () {
        asked.resolve();
        await new Promise(() => {});
        yield DONE;
      };
      const pending = gateway.post(path, body);
      await asked.promise;
      clock.advance(10_000);
      const response = await pending;
      if (path === "/v1/chat/completions") {
        assertEquals([response.status, (await response.json()).error.code], [
          504,
          "deadline_exceeded",
        ]);
        return;
      }
      const [event] = await Array.fromAsync(readEvents(response));
      assertObjectMatch(JSON.parse(event?.data ?? ""), { code: "deadline_exceeded" });
    });
  }
});

Deno.test("a client that stops reading is cut off, and nothing piles up", async () => {
  const clock = new FakeClock();
  const limits = { stallMs: 5_000, silenceMs: 3_600_000 };
  const piece = "x".repeat(64 * 1024);
  let given = 0;
  const stopped = Promise.withResolvers<void>();
  const scripts = {
    flood: async function* (_request: unknown, signal: AbortSignal) {
      try {
        for (; given < 10_000 && !signal.aborted; given++) {
          yield { type: "text_delta" as const, text: piece };
        }
      } finally {
        stopped.resolve();
      }
    },
  };
  await using gateway = await openHarness({ clock, limits, scripts });
  const { hostname, port } = new URL(gateway.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await sendChat(connection, gateway.url);
  // Not read: the socket fills, the pump stops, and its given count stands still.
  await waitFor(async () => {
    const before = given;
    for (let turn = 0; turn < 200; turn++) await tick();
    return before > 0 && given === before;
  });
  assert(given < 1_000, `${given} pieces were taken for a client that reads nothing`);
  const other = await gateway.fetch("/health");
  assertEquals(other.status, 200, "Others are served meanwhile");
  await other.body?.cancel();
  clock.advance(5_000);
  await stopped.promise;
});

Deno.test("a gateway that stops lets open streams finish", async () => {
  const gateway = await openHarness();
  const turn = new SteppedTurn();
  gateway.agent.script = turn.script;
  turn.tell(STARTED);
  const events = readEvents(await gateway.post("/api/v1/chat", { content: "Hello" }));
  await events.next();
  const closing = gateway[Symbol.asyncDispose]();
  turn.tell(text("onetwo"), DONE);
  const rest = await Array.fromAsync(events);
  assertEquals(rest.map(({ data }) => JSON.parse(data)), [text("onetwo"), DONE]);
  await closing;
});

Deno.test("a gateway that stops ends the streams that do not finish in time", async () => {
  const clock = new FakeClock();
  const gateway = await openHarness({ clock, limits: { drainMs: 10_000, silenceMs: 3_600_000 } });
  const turn = new SteppedTurn();
  gateway.agent.script = turn.script;
  turn.tell(STARTED);
  const chat = readEvents(await gateway.post("/api/v1/chat", { content: "Hello" }));
  await chat.next();
  const messages = [{ role: "user", content: "Hello" }];
  const other = new SteppedTurn();
  gateway.agent.script = other.script;
  other.tell(STARTED, text("one"));
  const body = { model: "sigil", messages, stream: true };
  const completion = readEvents(await gateway.post("/v1/chat/completions", body));
  await completion.next();
  const before = clock.pending;
  const closing = gateway[Symbol.asyncDispose]();
  await waitFor(() => clock.pending > before);
  clock.advance(10_000);
  const [chatEnd] = (await Array.fromAsync(chat)).slice(-1);
  assertObjectMatch(JSON.parse(chatEnd?.data ?? ""), { type: "error", code: "shutting_down" });
  const [completionEnd] = (await Array.fromAsync(completion)).slice(-1);
  assertEquals(JSON.parse(completionEnd?.data ?? "").error.code, "shutting_down");
  await closing;
});

async function take(response: Response, count: number): Promise<readonly ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(response)) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

function resume(
  gateway: Harness,
  id: string | undefined,
  headers: Record<string, string> = {},
): Promise<Response> {
  return gateway.fetch("/api/v1/chat", {
    method: "POST",
    headers: { "last-event-id": id ?? "", ...headers },
  });
}

async function addMember(gateway: Harness): Promise<Response> {
  await (await gateway.post("/api/v1/users", { id: "ada", name: "Ada" })).body?.cancel();
  return await gateway.post("/api/v1/users/ada/token", {});
}

async function sendChat(connection: Deno.Conn, url: string): Promise<void> {
  const body = JSON.stringify({
    model: "scripted/flood",
    stream: true,
    messages: [{ role: "user", content: "Go" }],
  });
  const head = [
    "POST /v1/chat/completions HTTP/1.1",
    `host: ${new URL(url).host}`,
    "authorization: Bearer sigil_test_0123456789abcdef",
    `content-length: ${body.length}`,
  ].join("\r\n");
  await connection.write(new TextEncoder().encode(`${head}\r\n\r\n${body}`));
}

/** Lets everything that is ready run once. */
function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function isSettled(promise: Promise<unknown> | undefined): Promise<boolean> {
  let settled = false;
  promise?.then(() => settled = true);
  await tick();
  return settled;
}

async function waitFor(isReached: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isReached()) await tick();
}
