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
  let busy = true;
  try {
    while (true) {
      const result = await nextUntilAborted(iterator, signal);
      if (result.done) return;
      busy = false;
      yield result.value;
      busy = true;
    }
  } finally {
    const closing = iterator.return?.();
    if (busy) closing?.catch(() => {});
    else await closing;
  }
}

function nextUntilAborted<T>(
  iterator: AsyncIterator<T>,
  signal: AbortSignal,
): Promise<IteratorResult<T>> {
  const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<T>>();
  const giveUp = () => reject(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  iterator.next().then(resolve, reject);
  return promise.finally(() => signal.removeEventListener("abort", giveUp));
}
