// SPDX-License-Identifier: Apache-2.0

import { ProtocolError } from "./_protocol_error.ts";

/** What both sides must speak. Any change to this folder that the other side can notice raises it. */
export const PROTOCOL_VERSION = 1;

/** `u32 length of the payload | u8 type | u32 stream`, the most significant byte first. */
export const HEADER_BYTES = 9;

/** The largest message that either side sends or takes. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;

/** How far a stream may run ahead of its reader; a message that starts within it may end beyond. */
export const WINDOW_BYTES: number = 256 * 1024;

/** How many calls either side may have under way; further ones wait before they are sent. */
export const MAX_CALLS = 1024;

/** The longest name of a method, such as `plugin.v1.Tool/Execute`. */
export const MAX_PATH_BYTES = 255;

/** The longest text that says why a call failed. */
export const MAX_END_TEXT_BYTES = 4096;

/**
 * What a frame says. A caller sends `call`, `cancel` and `credit`; a callee `message`, `last`, `end`.
 *
 * - `hello`, first and once from each side: the protocol's name and version.
 * - `call`: `u32 timeout in ms, 0 for none | u8 length | path | request`.
 * - `cancel`: `u8 status`. The callee still has to end the call.
 * - `message`: one message of the answer.
 * - `last`: one message of the answer, and that it is whole.
 * - `end`: `u8 status | text`. The answer is whole when the status is 0; else the call failed.
 * - `credit`: `u32 bytes` of the answer that were read, headers included.
 */
export const FRAME = {
  hello: 1,
  call: 2,
  cancel: 3,
  message: 4,
  last: 5,
  end: 6,
  credit: 7,
} as const;

/** The least and the most bytes that the payload of each type may have. */
const PAYLOAD_BYTES: ReadonlyMap<number, readonly [number, number]> = new Map([
  [FRAME.hello, [8, 8]],
  [FRAME.call, [6, 5 + MAX_PATH_BYTES + MAX_MESSAGE_BYTES]],
  [FRAME.cancel, [1, 1]],
  [FRAME.message, [0, MAX_MESSAGE_BYTES]],
  [FRAME.last, [0, MAX_MESSAGE_BYTES]],
  [FRAME.end, [1, 1 + MAX_END_TEXT_BYTES]],
  [FRAME.credit, [4, 4]],
]);

/** Checks a header before anything is kept for its payload. */
export function checkHeader(type: number, length: number): void {
  const limits = PAYLOAD_BYTES.get(type);
  if (limits === undefined) throw new ProtocolError(`it sent a frame of unknown type ${type}`);
  if (length >= limits[0] && length <= limits[1]) return;
  throw new ProtocolError(`it announced ${length} bytes for a frame of type ${type}`);
}

/** Reads four bytes, the most significant first, as a number that is not negative. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((byteAt(bytes, at) << 24) | (byteAt(bytes, at + 1) << 16) |
    (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3)) >>> 0;
}

/** Writes a number below 2^32 as four bytes, the most significant first. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Reads one byte; 0 beyond the end, which {@linkcode checkHeader} keeps from happening. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
