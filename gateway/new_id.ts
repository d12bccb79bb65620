// SPDX-License-Identifier: Apache-2.0

/**
 * Makes an id that sorts by time: a UUID of version 7.
 *
 * @param now The time it carries, to the millisecond.
 */
export function newId(now: Date): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(now.getTime() / 0x10000));
  view.setUint16(4, now.getTime() % 0x10000);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  const hex = bytes.toHex();
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => hex.slice(from, to))
    .join("-");
}
