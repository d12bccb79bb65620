// SPDX-License-Identifier: Apache-2.0

import { type Kernel, loadKernel } from "./load_kernel.ts";

const PAGE_BYTES = 65_536;
const CACHE_LINE_BYTES = 64;

/** A kernel and its memory, handed out from the bottom up and never taken back. */
export class KernelMemory {
  /** The kernel that works on this memory. */
  readonly kernel: Kernel = loadKernel();
  #bytes = new Uint8Array(this.kernel.memory.buffer);
  #end = 0;

  /** All of it. Growing replaces it, so it is not to be kept. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Where the next part will begin. */
  get end(): number {
    return this.#end;
  }

  /**
   * Reserves so many bytes and gives their address, the first of a cache line.
   *
   * @throws {RangeError} When there is no more memory; 4 GB are the most.
   */
  take(bytes: number): number {
    const address = this.#end;
    const end = Math.ceil((address + bytes) / CACHE_LINE_BYTES) * CACHE_LINE_BYTES;
    if (end > this.#bytes.length) this.#grow(end - this.#bytes.length);
    this.#end = end;
    return address;
  }

  /** Gives a view of some floats. */
  floats(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#bytes.buffer, address, length);
  }

  #grow(bytes: number): void {
    const { memory } = this.kernel;
    memory.grow(Math.ceil(bytes / PAGE_BYTES));
    this.#bytes = new Uint8Array(memory.buffer);
  }
}
