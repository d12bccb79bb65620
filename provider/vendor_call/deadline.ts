// SPDX-License-Identifier: Apache-2.0

/** What a {@linkcode Deadline} takes its time from. */
export interface Timers {
  /** The time in milliseconds; only differences count. */
  now(): number;
  /** Runs something once, later; gives what takes it back. */
  start(run: () => void, delayMs: number): unknown;
  /** Takes it back; does nothing when it has run. */
  stop(timer: unknown): void;
}

const PLATFORM: Timers = {
  now: () => performance.now(),
  start: (run, delayMs) => setTimeout(run, delayMs),
  stop: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/**
 * Tells when something was waited for too long.
 *
 * One timer serves a whole call, however often it waits: it is not moved with each wait, but looks
 * when it fires whether it is time, and goes on if not.
 */
export class Deadline {
  readonly #onMissed: (waitedMs: number) => void;
  readonly #timers: Timers;
  #timer: unknown;
  #firesAt = Infinity;
  /** When the present wait is too long; `Infinity` while nothing is waited for. */
  #dueAt = Infinity;
  #waitMs = 0;

  /** Makes one that waits for nothing yet; `onMissed` is told how long was waited in vain. */
  constructor(onMissed: (waitedMs: number) => void, timers: Timers = PLATFORM) {
    this.#onMissed = onMissed;
    this.#timers = timers;
  }

  /** A wait begins, in the place of the one before. */
  begin(waitMs: number): void {
    const now = this.#timers.now();
    this.#waitMs = waitMs;
    this.#dueAt = now + waitMs;
    if (this.#firesAt > this.#dueAt) this.#arm(now);
  }

  /** What was waited for is there. */
  met(): void {
    this.#dueAt = Infinity;
  }

  /** Nothing will be waited for any more. */
  close(): void {
    this.met();
    this.#timers.stop(this.#timer);
    this.#firesAt = Infinity;
  }

  #arm(now: number): void {
    this.#timers.stop(this.#timer);
    this.#firesAt = this.#dueAt;
    this.#timer = this.#timers.start(() => this.#check(), this.#dueAt - now);
  }

  #check(): void {
    this.#firesAt = Infinity;
    if (this.#dueAt === Infinity) return; // the next wait arms it again
    const now = this.#timers.now();
    if (this.#dueAt > now) return this.#arm(now);
    this.met();
    this.#onMissed(this.#waitMs);
  }
}
