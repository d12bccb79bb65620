// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../tests/gateway/_fake_clock.ts";
import { GatewayError } from "./errors.ts";
import { eventFrame, eventStreamResponse } from "./event_stream.ts";

/** Frames that come when they are given. */
class Source {
  readonly #steps: PromiseWithResolvers<string>[] = [];
  #given = 0;
  #taken = 0;

  give(...frames: readonly string[]): void {
    for (const frame of frames) this.#step(this.#given++).resolve(frame);
  }

  async *frames(): AsyncGenerator<string, void, void> {
    for (let frame = await this.#next(); frame !== ""; frame = await this.#next()) yield frame;
  }

  #next(): Promise<string> {
    return this.#step(this.#taken++).promise;
  }

  #step(index: number): PromiseWithResolvers<string> {
    return this.#steps[index] ??= Promise.withResolvers();
  }
}

function open(limits: { readonly heartbeatMs: number; readonly stallMs: number }) {
  const clock = new FakeClock();
  const source = new Source();
  const left: unknown[] = [];
  const response = eventStreamResponse(source.frames(), {
    clock,
    ...limits,
    headers: { "x-more": "1" },
    onLeave: (reason) => left.push(reason),
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new TypeError("The response has no body");
  return { clock, source, left, response, reader };
}

Deno.test("eventStreamResponse() sends frames, and ends with them", async () => {
  const { clock, source, response, reader, left } = open({ heartbeatMs: 10, stallMs: 10 });
  source.give("one", "two", "");
  assertEquals((await reader.read()).value, "one");
  assertEquals((await reader.read()).value, "two");
  assertEquals((await reader.read()).done, true);
  assertEquals(response.headers.get("x-more"), "1");
  assertEquals([clock.pending, left.length], [0, 0]);
});

Deno.test("eventStreamResponse() shows again and again that a silent stream is alive", async () => {
  const { clock, source, reader } = open({ heartbeatMs: 10, stallMs: 1_000 });
  for (let time = 0; time < 3; time++) {
    const reading = reader.read();
    await new Promise((resolve) => setTimeout(resolve, 0)); // until the reading has arrived
    clock.advance(10);
    assertEquals((await reading).value, ": still here\n\n");
  }
  const reading = reader.read();
  clock.advance(9);
  source.give("one", "");
  assertEquals((await reading).value, "one");
  await reader.cancel();
  assertEquals(clock.pending, 0);
});

Deno.test("eventStreamResponse() cuts off a client that reads nothing for too long", async () => {
  const clock = new FakeClock();
  const source = new Source();
  const left: unknown[] = [];
  const { body } = eventStreamResponse(source.frames(), {
    clock,
    heartbeatMs: 10,
    stallMs: 25,
    onLeave: (reason) => left.push(reason),
  });
  source.give("one", "two");
  const reader = body?.getReader();
  await reader?.read();
  clock.advance(24);
  await reader?.read();
  clock.advance(24);
  assertEquals(left, []);
  clock.advance(11);
  assertEquals((left[0] as GatewayError).code, "client_stalled");
  await assertRejects(async () => await reader?.read(), GatewayError);
  assertEquals(clock.pending, 0);
});

Deno.test("eventStreamResponse() tells when the client leaves", async () => {
  const { clock, reader, left } = open({ heartbeatMs: 10, stallMs: 10 });
  await reader.cancel();
  assertEquals((left[0] as DOMException).name, "AbortError");
  assertEquals([clock.pending, left.length], [0, 1]);
});

Deno.test("eventFrame() writes an event with or without a name", () => {
  assertEquals(eventFrame("1"), "data: 1\n\n");
  assertEquals(eventFrame("1", { id: "a:1", type: "x" }), "id: a:1\nevent: x\ndata: 1\n\n");
});

Deno.test("eventStreamResponse() asks for no more than the client takes", async () => {
  let asked = 0;
  const frames = (async function* () {
    while (true) yield `${++asked}`;
  })();
  const limits = { clock: new FakeClock(), heartbeatMs: 10, stallMs: 10, onLeave() {} };
  const reader = eventStreamResponse(frames, limits).body?.getReader();
  for (let taken = 1; taken <= 3; taken++) {
    await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 0)); // whoever reads ahead does so now
    assertEquals(asked, taken);
  }
  await reader?.cancel();
});

Deno.test("eventStreamResponse() fails with its source, and leaves no timer behind", async () => {
  const clock = new FakeClock();
  const left: unknown[] = [];
  const frames = (async function* () {
    yield "one";
    throw new Error("It broke");
  })();
  const { body } = eventStreamResponse(frames, {
    clock,
    heartbeatMs: 10,
    stallMs: 10,
    onLeave: (reason) => left.push(reason),
  });
  const reader = body?.getReader();
  await reader?.read();
  await assertRejects(async () => await reader?.read(), Error, "It broke");
  assertEquals([clock.pending, left], [0, []]);
});
