// SPDX-License-Identifier: Apache-2.0

const MARK = "[redacted]";

/** What looks like a key of a vendor, whole or masked by it. */
const KEY_SHAPES = /\b(?:(?:sk|rk|pk|gsk|xai|or)-|AIza|Bearer\s+)[\w*.…-]{4,}/gi;

/** What is shorter is no secret, and may well be a part of a word. */
const LEAST_SECRET = 6;

/** Puts a mark in the place of secrets, as they are or as a URL would carry them, and of all that looks like one. */
export function redact(text: string, secrets: readonly string[]): string {
  let safe = text;
  for (const secret of secrets.filter(({ length }) => length >= LEAST_SECRET)) {
    safe = safe.replaceAll(secret, MARK).replaceAll(encodeURIComponent(secret), MARK);
  }
  return safe.replace(KEY_SHAPES, MARK);
}
