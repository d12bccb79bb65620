// SPDX-License-Identifier: Apache-2.0

import type { Delay } from "./_delay.ts";

/** Options of {@linkcode watchFolder}. */
export interface WatchOptions {
  /** How long nothing may change before a change counts, in milliseconds. */
  readonly settleMs: number;
  /** Waits. */
  readonly delay: Delay;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** Calls back each time that files in a folder have changed and then rested. Ends with its signal. */
export async function watchFolder(
  path: string,
  onChange: () => void,
  { settleMs, delay, signal }: WatchOptions,
): Promise<void> {
  signal.throwIfAborted();
  using watcher = Deno.watchFs(path);
  const close = () => watcher.close();
  signal.addEventListener("abort", close, { once: true });
  let rest = new AbortController();
  try {
    for await (const { kind } of watcher) {
      if (kind === "access") continue;
      rest.abort();
      rest = new AbortController();
      delay(settleMs, AbortSignal.any([rest.signal, signal])).then(onChange, () => {});
    }
  } finally {
    signal.removeEventListener("abort", close);
  }
}
