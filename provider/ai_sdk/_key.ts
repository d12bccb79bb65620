// SPDX-License-Identifier: Apache-2.0

/** What stands where a key should be when a program wrote out nothing. */
const NOTHING = new Set(["", "undefined", "null", "none"]);

/** Whether a text may be a key: not empty, and not a word for nothing. */
export function isKey(value: string | undefined): value is string {
  return value !== undefined && !NOTHING.has(value.trim().toLowerCase());
}
