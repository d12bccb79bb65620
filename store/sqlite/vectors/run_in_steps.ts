// SPDX-License-Identifier: Apache-2.0

import { setImmediate } from "node:timers/promises";
import type { Task } from "../../_cannot.ts";
import type { Database } from "../_database.ts";

/** Runs reads of a database step by step, with a turn for timers and other work at each `yield`. */
export async function runInSteps<T>(
  database: Database,
  task: Task,
  steps: Generator<void, T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  while (true) {
    const { done, value } = await database.read(task, () => steps.next(), signal);
    if (done) return value;
    await setImmediate();
  }
}

/** Runs all steps at once. */
export function runAtOnce<T>(steps: Generator<void, T>): T {
  while (true) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
