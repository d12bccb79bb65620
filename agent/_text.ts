// SPDX-License-Identifier: Apache-2.0

const encoder = new TextEncoder();

/** Makes text storable: lone surrogates and NUL become the replacement character. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

/** Gives the number of bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** Cuts a text to at most `maxBytes` of UTF-8, never within a character. */
export function cutToBytes(text: string, maxBytes: number): string {
  const room = new Uint8Array(Math.min(maxBytes, text.length * 3));
  const { read } = encoder.encodeInto(text, room);
  return text.slice(0, read);
}

/** Shortens a text for people and models, with an ellipsis in place of what is cut. */
export function excerpt(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const head = text.slice(0, maxLength);
  return `${head.isWellFormed() ? head : head.slice(0, -1)}…`;
}
