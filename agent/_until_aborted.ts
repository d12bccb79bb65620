// SPDX-License-Identifier: Apache-2.0

/**
 * Reads a stream until it ends or the signal aborts, even when the stream does not heed the signal.
 *
 * Leaving early closes the stream. One that is still busy when the signal aborts is told to close but
 * not waited for.
 *
 * @throws The signal's reason, when it aborts.
 */
export async function* untilAborted<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let giveUp = (_reason: unknown): void => {};
  const onAbort = () => giveUp(signal.reason);
  const next = () => {
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<T>>();
    giveUp = reject;
    if (signal.aborted) reject(signal.reason);
    iterator.next().then(resolve, reject);
    return promise;
  };
  signal.addEventListener("abort", onAbort, { once: true });
  let busy = true;
  try {
    while (true) {
      const result = await next();
      if (result.done) return;
      busy = false;
      yield result.value;
      busy = true;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // a stream that ended or failed by itself is closed already
    if (!busy) await iterator.return?.();
    else if (signal.aborted) iterator.return?.().catch(() => {});
  }
}
