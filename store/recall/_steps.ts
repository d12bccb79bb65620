// SPDX-License-Identifier: Apache-2.0

/** Work that can pause wherever it yields. */
export type Steps<Result> = Generator<void, Result>;

/** Timers and requests wait no longer than this for a piece of long work, in milliseconds. */
const LONGEST_STEP_MS = 8;

/**
 * Runs long work in pieces, so that everything else gets its turn in between.
 *
 * Rejects with the signal's reason once it aborts.
 */
export async function runInSteps<Result>(
  steps: Steps<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  let start = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - start < LONGEST_STEP_MS) continue;
    await pause();
    start = performance.now();
  }
}

/** Lets everything else have its turn. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
