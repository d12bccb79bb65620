// SPDX-License-Identifier: Apache-2.0

/**
 * Tells when something was waited for too long.
 *
 * One timer serves a whole call, however often it waits: it is not moved with each wait, but looks
 * when it fires whether it is time, and goes on if not.
 */
export class Deadline {
  readonly #onMissed: (waitedMs: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firesAt = Infinity;
  /** When the present wait is too long; `Infinity` while nothing is waited for. */
  #dueAt = Infinity;
  #waitMs = 0;

  /** Makes one that waits for nothing yet; `onMissed` is told how long was waited in vain. */
  constructor(onMissed: (waitedMs: number) => void) {
    this.#onMissed = onMissed;
  }

  /** A wait begins, in the place of the one before. */
  begin(waitMs: number): void {
    const now = performance.now();
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
    clearTimeout(this.#timer);
    this.#firesAt = Infinity;
  }

  #arm(now: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = this.#dueAt;
    this.#timer = setTimeout(() => this.#check(), this.#dueAt - now);
  }

  #check(): void {
    this.#firesAt = Infinity;
    if (this.#dueAt === Infinity) return; // the next wait arms it again
    const now = performance.now();
    if (this.#dueAt > now) return this.#arm(now);
    this.met();
    this.#onMissed(this.#waitMs);
  }
}
