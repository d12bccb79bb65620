// SPDX-License-Identifier: Apache-2.0

/**
 * Makes an id that sorts by time: a UUID of version 7.
 *
 * @param now The time it carries, to the millisecond.
 */
export function newId(now: Date): string {
  const time = now.getTime().toString(16).padStart(12, "0");
  // Version 4 is random where version 7 is not time, and marks its variant at the same place.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
