// SPDX-License-Identifier: Apache-2.0

import { byteAt, checkHeader, HEADER_BYTES, readUint32 } from "./_frame.ts";

/** Takes a frame. The payload is the taker's from then on. */
export type FrameTaker = (type: number, stream: number, payload: Uint8Array) => void;

/** Finds frames in bytes that come in pieces of any size. */
export class FrameDecoder {
  readonly #take: FrameTaker;
  /** A frame that is not whole: at first room for its header, then for all of it. */
  #partial: Uint8Array | undefined;
  #filled = 0;

  constructor(take: FrameTaker) {
    this.#take = take;
  }

  /** Takes the next bytes. Throws {@linkcode ProtocolError} on a header that cannot be. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const partial = this.#partial;
      at = partial === undefined ? this.#readWhole(bytes, at) : this.#fill(partial, bytes, at);
    }
  }

  #readWhole(bytes: Uint8Array, at: number): number {
    if (bytes.length - at < HEADER_BYTES) return this.#keep(HEADER_BYTES, bytes, at);
    const length = checkedLength(bytes, at);
    const end = at + HEADER_BYTES + length;
    if (end > bytes.length) return this.#keep(HEADER_BYTES + length, bytes, at);
    this.#emit(bytes, at, end);
    return end;
  }

  #keep(size: number, bytes: Uint8Array, at: number): number {
    this.#partial = new Uint8Array(size);
    this.#partial.set(bytes.subarray(at));
    this.#filled = bytes.length - at;
    return bytes.length;
  }

  #fill(partial: Uint8Array, bytes: Uint8Array, at: number): number {
    const count = Math.min(partial.length - this.#filled, bytes.length - at);
    partial.set(bytes.subarray(at, at + count), this.#filled);
    this.#filled += count;
    if (this.#filled === partial.length) this.#finish(partial);
    return at + count;
  }

  /** Either a frame is whole, or only its header is and room for the rest is needed. */
  #finish(partial: Uint8Array): void {
    this.#partial = undefined;
    const size = HEADER_BYTES + checkedLength(partial, 0);
    if (size === partial.length) this.#emit(partial, 0, size);
    else this.#keep(size, partial, 0);
  }

  #emit(bytes: Uint8Array, at: number, end: number): void {
    const payload = bytes.subarray(at + HEADER_BYTES, end);
    this.#take(byteAt(bytes, at + 4), readUint32(bytes, at + 5), payload);
  }
}

function checkedLength(bytes: Uint8Array, at: number): number {
  const length = readUint32(bytes, at);
  checkHeader(byteAt(bytes, at + 4), length);
  return length;
}
