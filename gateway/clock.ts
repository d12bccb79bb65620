// SPDX-License-Identifier: Apache-2.0

/** Tells the time and wakes up later. Tests hand in one that they move themselves. */
export interface Clock {
  /** What time it is. */
  now(): Date;
  /**
   * Runs something once, later.
   *
   * @returns Takes it back; does nothing when it has run.
   */
  schedule(run: () => void, delayMs: number): () => void;
}

/** The clock of the machine. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => new Date(),
  schedule(run, delayMs) {
    const timer = setTimeout(run, delayMs);
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};
