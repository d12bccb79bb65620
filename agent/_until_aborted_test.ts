// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { untilAborted } from "./_until_aborted.ts";

async function collect<T>(source: AsyncIterable<T>, into: T[]): Promise<void> {
  for await (const value of source) into.push(value);
}

Deno.test("untilAborted() gives what the stream gives", async () => {
  async function* numbers() {
    yield 1;
    yield 2;
  }
  const seen: number[] = [];
  await collect(untilAborted(numbers(), new AbortController().signal), seen);
  assertEquals(seen, [1, 2]);
});

Deno.test("untilAborted() hands on the error of the stream", async () => {
  async function* broken() {
    yield 1;
    throw new RangeError("broken");
  }
  const seen: number[] = [];
  await assertRejects(
    () => collect(untilAborted(broken(), new AbortController().signal), seen),
    RangeError,
    "broken",
  );
  assertEquals(seen, [1]);
});

Deno.test("untilAborted() does not wait for a stream that ignores the signal", async () => {
  const controller = new AbortController();
  async function* deaf() {
    yield 1;
    controller.abort(new RangeError("enough"));
    await new Promise<never>(() => {});
  }
  const seen: number[] = [];
  await assertRejects(
    () => collect(untilAborted(deaf(), controller.signal), seen),
    RangeError,
    "enough",
  );
  assertEquals(seen, [1]);
});

Deno.test("untilAborted() closes a stream that is left", async () => {
  let closed = false;
  async function* endless() {
    try {
      while (true) yield 1;
    } finally {
      await Promise.resolve();
      closed = true;
    }
  }
  for await (const _ of untilAborted(endless(), new AbortController().signal)) break;
  assertEquals(closed, true);
});

Deno.test("untilAborted() opens nothing once aborted", async () => {
  let opened = false;
  const source = {
    [Symbol.asyncIterator]() {
      opened = true;
      return { next: () => Promise.resolve({ done: true as const, value: undefined }) };
    },
  };
  await assertRejects(
    () => collect(untilAborted(source, AbortSignal.abort(new RangeError("before"))), []),
    RangeError,
  );
  assertEquals(opened, false);
});
