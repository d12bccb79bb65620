// SPDX-License-Identifier: Apache-2.0

/** How exact they are, in milliseconds. */
const GRAIN_MS = 500;

/**
 * Timers for things that hardly ever happen, such as a model that is silent for two minutes.
 *
 * Each answer begins some and takes them back: here that is an entry in a set, and one timer of the
 * platform serves all. They run up to half a second late, never early, and do not keep a process alive.
 */
export class SlowTimers {
  /** What runs when, by the grain in which it is due. */
  readonly #due = new Map<number, Set<() => void>>();
  #waiting = 0;
  #firesAt = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Runs something once, later; gives what takes it back. */
  schedule(run: () => void, delayMs: number): () => void {
    const grain = Math.ceil((performance.now() + delayMs) / GRAIN_MS);
    const together = this.#due.get(grain) ?? new Set();
    const own = (): void => run(); // what is scheduled twice runs twice
    this.#due.set(grain, together.add(own));
    this.#waiting++;
    if (grain < this.#firesAt) this.#fireAt(grain);
    return () => {
      if (together.delete(own)) this.#gone(1);
    };
  }

  #fireAt(grain: number): void {
    this.#stop();
    this.#firesAt = grain;
    const delayMs = Math.max(0, grain * GRAIN_MS - performance.now());
    const timer = setTimeout(() => this.#fire(), delayMs);
    Deno.unrefTimer(timer);
    this.#timer = timer;
  }

  #fire(): void {
    const now = performance.now() / GRAIN_MS;
    this.#firesAt = Infinity;
    for (const [grain, together] of [...this.#due]) {
      if (grain > now && together.size > 0) continue;
      // What has just run may have begun others, in the place of a set that was empty.
      if (this.#due.get(grain) === together) this.#due.delete(grain);
      const runs = [...together];
      together.clear();
      this.#gone(runs.length);
      for (const run of runs) run();
    }
    const next = Math.min(...this.#due.keys());
    if (next < this.#firesAt) this.#fireAt(next);
  }

  /** No timer stays behind when nobody waits. */
  #gone(count: number): void {
    this.#waiting -= count;
    if (this.#waiting > 0) return;
    this.#stop();
    this.#due.clear();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#firesAt = Infinity;
  }
}
