// SPDX-License-Identifier: Apache-2.0

/** Waits; rejects with the signal's reason when it aborts first. */
export type Delay = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** Waits by the machine's clock. */
export async function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
