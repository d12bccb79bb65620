// SPDX-License-Identifier: Apache-2.0

/** Tells whether `promise`, which must not reject, settles within so many milliseconds. */
export async function settles(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), timeoutMs);
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
