// SPDX-License-Identifier: Apache-2.0

/** Something that waits for a moment. */
interface Timer {
  readonly at: number;
  readonly milliseconds: number;
  readonly resolve: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock {
  readonly #onWait: () => void;
  #time = Date.UTC(2026, 0, 1);
  #timers: Timer[] = [];

  /** Calls back whenever somebody begins to wait. */
  constructor(onWait: () => void) {
    this.#onWait = onWait;
  }

  /** Tells the time. */
  now(): Date {
    return new Date(this.#time);
  }

  /** How long each of those that wait was told to wait, in the order of their moments. */
  get waits(): number[] {
    return this.#timers.toSorted((a, b) => a.at - b.at).map(({ milliseconds }) => milliseconds);
  }

  /** Waits until the clock has been moved on by that long. */
  async delay(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer: Timer = { at: this.#time + milliseconds, milliseconds, resolve };
    const abort = () => reject(signal.reason);
    this.#timers.push(timer);
    this.#onWait();
    signal.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#timers = this.#timers.filter((other) => other !== timer);
    }
  }

  /** Moves the clock on, and wakes those whose moment has come. */
  advance(milliseconds: number): void {
    this.#time += milliseconds;
    for (const { at, resolve } of this.#timers) {
      if (at <= this.#time) resolve();
    }
  }
}
