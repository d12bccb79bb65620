// SPDX-License-Identifier: Apache-2.0

/** Something that is over at some moment, unless it was {@linkcode Deadlines.delete deleted} before. */
export interface Deadline {
  /** On the clock of `performance.now()`. */
  readonly at: number;
  /** Told once, then. */
  readonly onPassed: () => void;
}

/** Keeps many deadlines with one timer, because one for each small call is dear. */
export class Deadlines {
  readonly #deadlines = new Set<Deadline>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firesAt = Infinity;

  /** Adds one, so many milliseconds from now. */
  add(timeoutMs: number, onPassed: () => void): Deadline {
    const deadline = { at: performance.now() + timeoutMs, onPassed };
    this.#deadlines.add(deadline);
    if (deadline.at < this.#firesAt) this.#arm(deadline.at, timeoutMs);
    return deadline;
  }

  /** Forgets one. Without any there is no timer. */
  delete(deadline: Deadline): void {
    this.#deadlines.delete(deadline);
    if (this.#deadlines.size === 0) this.#disarm();
  }

  #arm(at: number, timeoutMs: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = at;
    this.#timer = setTimeout(() => this.#fire(), timeoutMs);
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#firesAt = Infinity;
  }

  /** The first of them may be gone since; then only the timer is set anew. */
  #fire(): void {
    this.#disarm();
    const now = performance.now();
    for (const deadline of [...this.#deadlines]) {
      if (deadline.at > now || !this.#deadlines.delete(deadline)) continue;
      deadline.onPassed();
    }
    let next = Infinity;
    for (const { at } of this.#deadlines) next = Math.min(next, at);
    if (next < this.#firesAt) this.#arm(next, Math.max(1, next - now));
  }
}
