// SPDX-License-Identifier: Apache-2.0

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a message is written into, again and again: a buffer of its own costs more than the rest. */
export const SCRATCH: Uint8Array = new Uint8Array(64 * 1024);

/** What these functions give when they cannot: the place is never negative otherwise. */
export const CANNOT = -1;

/** The most bytes that a number of 32 bits takes. */
const MAX_NUMBER_BYTES = 5;

/** A character takes at most so many bytes for each of its units. */
const UTF8_PER_UNIT = 3;

/** Bytes beyond what UTF-8 allows are read as this. */
const REPLACEMENT = "\uFFFD";

/** Writes a number from 0 to 2^32 - 1 as a varint. */
export function writeNumber(value: number, at: number): number {
  if (at + MAX_NUMBER_BYTES > SCRATCH.length) return CANNOT;
  let rest = value;
  let next = at;
  while (rest > 0x7f) {
    SCRATCH[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  SCRATCH[next++] = rest;
  return next;
}

/** Writes a text as UTF-8, after the number of its bytes; not one that has half a character. */
export function writeText(text: string, at: number): number {
  const most = at + MAX_NUMBER_BYTES + UTF8_PER_UNIT * text.length;
  if (most > SCRATCH.length || !text.isWellFormed()) return CANNOT;
  const start = at + numberBytes(text.length); // As if each unit took one byte, which is often so.
  const { written } = encoder.encodeInto(text, SCRATCH.subarray(start, most));
  return putNumber(at, start, start + written);
}

/** Writes what `write` does, after the number of its bytes. */
export function writeSized(write: (at: number) => number, at: number): number {
  const start = at + 1;
  const end = start < SCRATCH.length ? write(start) : CANNOT;
  if (end === CANNOT || end + MAX_NUMBER_BYTES > SCRATCH.length) return CANNOT;
  return putNumber(at, start, end);
}

/** Puts before bytes how many they are, and moves them if that takes more room than was left. */
function putNumber(at: number, start: number, end: number): number {
  const moved = at + numberBytes(end - start) - start;
  if (moved !== 0) SCRATCH.copyWithin(start + moved, start, end);
  writeNumber(end - start, at);
  return end + moved;
}

function numberBytes(value: number): number {
  let count = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) count++;
  return count;
}

/** How many bytes the varint takes that begins at `at`; {@linkcode CANNOT} beyond 31 bits or `end`. */
export function numberEnd(bytes: Uint8Array, at: number, end: number): number {
  for (let next = at; next < end && next < at + MAX_NUMBER_BYTES; next++) {
    const byte = bytes[next] ?? 0;
    if (byte > 0x7f) continue;
    return next - at === MAX_NUMBER_BYTES - 1 && byte > 0x07 ? CANNOT : next + 1;
  }
  return CANNOT;
}

/** Reads the varint that {@linkcode numberEnd} found. */
export function readNumber(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let next = end - 1; next >= at; next--) value = (value << 7) | ((bytes[next] ?? 0) & 0x7f);
  return value;
}

/** Reads UTF-8; gives `undefined` for what may be none. */
export function readText(bytes: Uint8Array, at: number, end: number): string | undefined {
  if (at === end) return "";
  const text = decoder.decode(bytes.subarray(at, end));
  return text.includes(REPLACEMENT) ? undefined : text;
}
