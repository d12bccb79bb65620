// SPDX-License-Identifier: Apache-2.0

import { setTimeout } from "node:timers/promises";

/** Waits; rejects with the signal's reason when it aborts first. */
export type Delay = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** Waits by the machine's clock. */
export async function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => {});
  signal.throwIfAborted(); // With its own reason, which the timer hides.
}
