// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import fc from "fast-check";
import { type Lane, Lanes } from "./lanes.ts";

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

Deno.test("Lanes.acquire() lets one in at a time, in order", async () => {
  const lanes = new Lanes();
  const order: string[] = [];
  const first = await lanes.acquire("a");
  const others = ["b", "c", "d"].map(async (name) => {
    using _lane = await lanes.acquire("a");
    order.push(`${name} in`);
    await settle();
    order.push(`${name} out`);
  });
  await settle();
  assertEquals(order, []);
  first.release();
  await Promise.all(others);
  assertEquals(order, ["b in", "b out", "c in", "c out", "d in", "d out"]);
  assertEquals(lanes.size, 0);
});

Deno.test("Lanes.acquire() does not wait for other lanes", async () => {
  const lanes = new Lanes();
  using _a = await lanes.acquire("a");
  using _b = await lanes.acquire("b");
  assertEquals(lanes.size, 2);
});

Deno.test("Lanes.acquire() gives up with the signal's reason", async () => {
  const lanes = new Lanes();
  const held = await lanes.acquire("a");
  const controller = new AbortController();
  const given = lanes.acquire("a", { signal: controller.signal });
  const next = lanes.acquire("a");
  controller.abort(new RangeError("gone"));
  await assertRejects(() => given, RangeError, "gone");
  await assertRejects(
    () => lanes.acquire("free", { signal: controller.signal }),
    RangeError,
    "gone",
  );
  held.release();
  (await next).release();
  assertEquals(lanes.size, 0);
});

Deno.test("Lane.release() lets in one, however often it is called", async () => {
  const lanes = new Lanes();
  const held = await lanes.acquire("a");
  const inside: Lane[] = [];
  const waiting = [1, 2].map(() => lanes.acquire("a").then((lane) => inside.push(lane)));
  held.release();
  held.release();
  await settle();
  assertEquals(inside.length, 1);
  inside[0]?.release();
  await Promise.all(waiting);
  inside[1]?.release();
  assertEquals(lanes.size, 0);
});

Deno.test("Lanes keep the order, exclude and forget, whatever is aborted when", async () => {
  const visit = fc.record({
    lane: fc.constantFrom("a", "b", "c"),
    abortAt: fc.option(fc.nat(12), { nil: undefined }),
    stays: fc.nat(3),
  });
  await fc.assert(fc.asyncProperty(fc.array(visit, { maxLength: 25 }), async (visits) => {
    const lanes = new Lanes();
    const inside = new Map<string, number>();
    const entered: { lane: string; index: number }[] = [];
    const controllers = visits.map(() => new AbortController());
    const outcomes = visits.map(async ({ lane, stays }, index) => {
      using _held = await lanes.acquire(lane, { signal: controllers[index]?.signal });
      inside.set(lane, (inside.get(lane) ?? 0) + 1);
      assertLessOrEqual(inside.get(lane) ?? 0, 1);
      entered.push({ lane, index });
      for (let step = 0; step < stays; step++) await Promise.resolve();
      inside.set(lane, 0);
    });
    const settled = Promise.allSettled(outcomes);
    for (let step = 0; step <= 12; step++) {
      visits.forEach((visit, index) => visit.abortAt === step && controllers[index]?.abort());
      await Promise.resolve();
    }
    const results = await settled;
    const expected = visits.flatMap((_, index) =>
      results[index]?.status === "fulfilled" ? index : []
    );
    for (const lane of ["a", "b", "c"]) {
      assertEquals(
        entered.filter((entry) => entry.lane === lane).map((entry) => entry.index),
        expected.filter((index) => visits[index]?.lane === lane),
      );
    }
    visits.forEach((visit, index) => {
      if (visit.abortAt === undefined) assertEquals(results[index]?.status, "fulfilled");
    });
    assertEquals(lanes.size, 0);
  }));
});
