// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeClock } from "../tests/gateway/_fake_clock.ts";
import { Answers, untilSilent } from "./answers.ts";
import { GatewayError } from "./errors.ts";

Deno.test("Answers.begin() limits each user, until an answer ends", () => {
  const answers = new Answers(1);
  const first = answers.begin("ada");
  using _other = answers.begin("bob");
  assertEquals(assertThrows(() => answers.begin("ada"), GatewayError).code, "too_many_streams");
  first.end();
  first.end();
  using _again = answers.begin("ada");
  assertEquals(answers.size, 2);
});

Deno.test("Answers.drain() waits, then stops what is left, and begins no more", async () => {
  const clock = new FakeClock();
  const answers = new Answers(9);
  const quick = answers.begin("ada");
  const slow = answers.begin("ada");
  slow.signal.addEventListener("abort", () => slow.end());
  const drained = answers.drain(1_000, clock);
  assertEquals(assertThrows(() => answers.begin("ada"), GatewayError).code, "shutting_down");
  quick.end();
  clock.advance(999);
  assert(!slow.signal.aborted);
  clock.advance(1);
  await drained;
  assertEquals(slow.signal.reason.code, "shutting_down");
  assertEquals(clock.pending, 0);
});

Deno.test("Answers.drain() is done at once when nothing is under way", async () => {
  await new Answers(1).drain(1_000, new FakeClock());
});

Deno.test("untilSilent() counts the silence of the source, not that of the reader", async () => {
  const clock = new FakeClock();
  using answer = new Answers(1).begin("ada");
  const steps = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  const source = (async function* () {
    for (const step of steps) yield await step.promise;
  })();
  const events = untilSilent(source, answer, { clock, silenceMs: 100 });
  const first = events.next();
  clock.advance(99);
  steps[0]?.resolve(1);
  assertEquals((await first).value, 1);
  clock.advance(99);
  const second = events.next();
  clock.advance(99);
  steps[1]?.resolve(2);
  assertEquals((await second).value, 2);
  const end = events.next();
  assertEquals((await end).done, true);
  assertEquals(clock.pending, 0);
});

Deno.test("untilSilent() gives up a source that is silent for too long", async () => {
  const clock = new FakeClock();
  using answer = new Answers(1).begin("ada");
  const source = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const events = untilSilent(source, answer, { clock, silenceMs: 100 });
  const next = events.next();
  clock.advance(100);
  assertEquals((await assertRejects(() => next, GatewayError)).code, "deadline_exceeded");
  assertEquals(clock.pending, 0);
});
