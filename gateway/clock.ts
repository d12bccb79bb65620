// SPDX-License-Identifier: Apache-2.0

import { SlowTimers } from "./slow_timers.ts";

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

/** From here on half a second more or less is the same. */
const SLOW_MS = 10_000;

const SLOW = new SlowTimers();

/**
 * The clock of the machine. Its timers do not keep a process alive; those of ten seconds and more may
 * run half a second late.
 */
export const systemClock: Clock = {
  now: () => new Date(),
  schedule(run, delayMs) {
    if (delayMs >= SLOW_MS) return SLOW.schedule(run, delayMs);
    const timer = setTimeout(run, delayMs);
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};
