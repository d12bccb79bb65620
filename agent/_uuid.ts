// SPDX-License-Identifier: Apache-2.0

/** Makes a UUID of version 7: ids made later sort later, which stores insert fastest. */
export function uuidV7(now: Date): string {
  const time = now.getTime().toString(16).padStart(12, "0");
  // Version 4 is random where version 7 is not time, and marks its variant at the same place.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
