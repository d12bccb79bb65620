// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { TurnStream } from "./_turn_stream.ts";
import type { TurnEvent } from "./turn.ts";

const DELTA: TurnEvent = { type: "text_delta", text: "a" };

/** Says two words, then waits until it is stopped, and writes down how it ended. */
function wordsThenWait(log: string[]) {
  return async function* (signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
    log.push("begun");
    try {
      yield DELTA;
      yield DELTA;
      await new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    } finally {
      await Promise.resolve();
      log.push(`ended ${signal.aborted ? "aborted" : "whole"}`);
    }
  };
}

async function* oneWord(): AsyncGenerator<TurnEvent, void> {
  yield DELTA;
}

Deno.test("TurnStream gives the events, then ends", async () => {
  const stream = new TurnStream(oneWord, undefined);
  assertEquals(await Array.fromAsync(stream), [DELTA]);
  assertEquals(await stream.next(), { done: true, value: undefined });
});

Deno.test("TurnStream runs nothing before it is read", async () => {
  const log: string[] = [];
  const stream = new TurnStream(wordsThenWait(log), undefined);
  await stream.return();
  assertEquals(log, []);
  assertEquals(await stream.next(), { done: true, value: undefined });
});

Deno.test("TurnStream stops the work when the reader breaks out", async () => {
  const log: string[] = [];
  for await (const _ of new TurnStream(wordsThenWait(log), undefined)) break;
  assertEquals(log, ["begun", "ended aborted"]);
});

Deno.test("TurnStream stops the work when the reader leaves while it waits", async () => {
  const log: string[] = [];
  const stream = new TurnStream(wordsThenWait(log), undefined);
  await stream.next();
  await stream.next();
  const waiting = stream.next();
  assertEquals(await stream.return(), { done: true, value: undefined });
  assertEquals(await waiting, { done: true, value: undefined });
  assertEquals(log, ["begun", "ended aborted"]);
});

Deno.test("TurnStream throws the signal's reason, once", async (t) => {
  await t.step("when it aborts during the wait", async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const stream = new TurnStream(wordsThenWait(log), controller.signal);
    await stream.next();
    await stream.next();
    const waiting = stream.next();
    controller.abort(new RangeError("enough"));
    await assertRejects(() => waiting, RangeError, "enough");
    assertEquals(await stream.next(), { done: true, value: undefined });
    assertEquals(log, ["begun", "ended aborted"]);
  });
  await t.step("when it aborts while nobody reads", async () => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const controller = new AbortController();
    const stream = new TurnStream(async function* () {
      try {
        yield DELTA;
      } finally {
        resolve();
      }
    }, controller.signal);
    await stream.next();
    controller.abort(new RangeError("enough"));
    await ended; // nobody has asked for more
    await assertRejects(() => stream.next(), RangeError, "enough");
    assertEquals(await stream.next(), { done: true, value: undefined });
  });
  await t.step("when it aborted before", async () => {
    const log: string[] = [];
    const stream = new TurnStream(wordsThenWait(log), AbortSignal.abort(new RangeError("before")));
    await assertRejects(() => stream.next(), RangeError, "before");
    assertEquals(log, []);
  });
  await t.step("but not after the last event", async () => {
    const controller = new AbortController();
    const stream = new TurnStream(async function* () {
      yield { type: "done", messageId: "m1", content: "" };
    }, controller.signal);
    await stream.next();
    controller.abort(new RangeError("late"));
    assertEquals(await stream.next(), { done: true, value: undefined });
  });
});

Deno.test("TurnStream ends with the last event, even when nobody reads on", async () => {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const stream = new TurnStream(async function* () {
    try {
      yield { type: "done", messageId: "m1", content: "" };
    } finally {
      resolve();
    }
  }, undefined);
  await stream.next();
  await ended;
  assertEquals(await stream.next(), { done: true, value: undefined });
});
