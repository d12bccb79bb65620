// SPDX-License-Identifier: Apache-2.0

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

const BYTES = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

const DURATION = /^(?:\d{1,12}(?:\.\d{1,6})?(?:ms|s|m|h))+$/;
const SIZE = /^(\d{1,12}(?:\.\d{1,6})?) ?([KMGT]i?B|B)$/;

/**
 * Reads a duration such as `500ms`, `5s` or `1m30s`, in milliseconds, rounded.
 *
 * The units are `ms`, `s`, `m` and `h`.
 *
 * @throws {RangeError} When the text is no such duration.
 *
 * @example Usage
 * ```ts
 * import { parseDuration } from "@sigil/plugin";
 *
 * parseDuration("1m30s"); // 90000
 * ```
 */
export function parseDuration(text: string): number {
  if (!DURATION.test(text)) {
    throw new RangeError(
      `Cannot read the duration ${quote(text)}: expected one such as 5s or 1m30s`,
    );
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
    total += Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  }
  return Math.round(total);
}

/**
 * Reads a size such as `256MB` or `1.5GiB`, in bytes, rounded.
 *
 * `KB`, `MB`, `GB` and `TB` are powers of 1000; `KiB`, `MiB`, `GiB` and `TiB` are powers of 1024.
 *
 * @throws {RangeError} When the text is no such size.
 *
 * @example Usage
 * ```ts
 * import { parseSize } from "@sigil/plugin";
 *
 * parseSize("256MB"); // 256000000
 * ```
 */
export function parseSize(text: string): number {
  const match = SIZE.exec(text);
  if (match === null) {
    throw new RangeError(`Cannot read the size ${quote(text)}: expected one such as 256MB or 1GiB`);
  }
  return Math.round(Number(match[1]) * BYTES[match[2] as keyof typeof BYTES]);
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
