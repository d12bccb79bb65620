// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../gateway/clock.ts";

interface Timer {
  readonly dueAt: number;
  readonly run: () => void;
}

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  #now: number;
  readonly #timers: Set<Timer> = new Set();

  constructor(start: Date = new Date("2026-01-02T03:04:05Z")) {
    this.#now = start.getTime();
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): Date {
    return new Date(this.#now);
  }

  schedule(run: () => void, delayMs: number): () => void {
    const timer = { dueAt: this.#now + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves on, and runs what is due, the earliest first. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.dueAt);
      next.run();
    }
    this.#now = end;
  }

  #nextDue(end: number): Timer | undefined {
    return [...this.#timers].filter(({ dueAt }) => dueAt <= end)
      .toSorted((left, right) => left.dueAt - right.dueAt)[0];
  }
}
