// SPDX-License-Identifier: Apache-2.0

const MARK = "[redacted]";

/** What looks like a key of a vendor, whole or masked by it. */
const KEY_SHAPES = /\b(?:(?:sk|rk|pk|gsk|xai|or)-|AIza|Bearer\s+)[\w*.…-]{4,}/gi;

/** Puts a mark in the place of a secret, as it is or as a URL would carry it, and of all that looks like one. */
export function redact(text: string, secret: string | undefined): string {
  let safe = text;
  for (const form of secret === undefined ? [] : [secret, encodeURIComponent(secret)]) {
    safe = safe.replaceAll(form, MARK);
  }
  return safe.replace(KEY_SHAPES, MARK);
}
