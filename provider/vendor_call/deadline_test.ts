// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { Deadline, type Timers } from "./deadline.ts";

/** Time that stands still until it is moved. */
class FakeTimers implements Timers {
  started = 0;
  readonly #waiting = new Set<{ readonly dueAt: number; readonly run: () => void }>();
  #now = 1_000;

  get pending(): number {
    return this.#waiting.size;
  }

  now(): number {
    return this.#now;
  }

  start(run: () => void, delayMs: number): unknown {
    const timer = { dueAt: this.#now + delayMs, run };
    this.#waiting.add(timer);
    this.started++;
    return timer;
  }

  stop(timer: unknown): void {
    this.#waiting.delete(timer as { readonly dueAt: number; readonly run: () => void });
  }

  advance(ms: number): void {
    for (let rest = ms; rest > 0; rest--) {
      this.#now++;
      for (const timer of [...this.#waiting].filter(({ dueAt }) => dueAt <= this.#now)) {
        this.stop(timer);
        timer.run();
      }
    }
  }
}

function open() {
  const timers = new FakeTimers();
  const missed: number[] = [];
  return { timers, missed, deadline: new Deadline((ms) => missed.push(ms), timers) };
}

Deno.test("Deadline tells once when something was waited for too long", () => {
  const { timers, missed, deadline } = open();
  deadline.begin(100);
  timers.advance(99);
  assertEquals(missed, []);
  timers.advance(1);
  assertEquals(missed, [100]);
  timers.advance(1_000);
  assertEquals([missed.length, timers.pending], [1, 0]);
});

Deno.test("Deadline counts each wait from its own beginning, with one timer for many", () => {
  const { timers, missed, deadline } = open();
  for (let wait = 0; wait < 50; wait++) {
    deadline.begin(100);
    timers.advance(9);
    deadline.met();
    timers.advance(1);
  }
  assertEquals([missed, timers.started], [[], 5]);
  deadline.begin(100);
  timers.advance(99);
  assertEquals(missed, []);
  timers.advance(1);
  assertEquals(missed, [100]);
});

Deno.test("Deadline does not count the time in which nothing is waited for", () => {
  const { timers, missed, deadline } = open();
  deadline.begin(100);
  deadline.met();
  timers.advance(10_000);
  assertEquals([missed, timers.pending], [[], 0]);
  deadline.begin(100);
  timers.advance(100);
  assertEquals(missed, [100]);
});

Deno.test("Deadline keeps to a wait that is shorter than the one before", () => {
  const { timers, missed, deadline } = open();
  deadline.begin(100);
  deadline.begin(10);
  timers.advance(10);
  assertEquals(missed, [10]);
});

Deno.test("Deadline.close() leaves no timer behind", () => {
  const { timers, missed, deadline } = open();
  deadline.begin(100);
  deadline.close();
  deadline.close();
  assertEquals(timers.pending, 0);
  timers.advance(1_000);
  assertEquals(missed, []);
});
