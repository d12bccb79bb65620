// SPDX-License-Identifier: Apache-2.0

import { KERNEL_WASM } from "./kernel_wasm.ts";

/** What kernel.ts exports; every address is a byte offset into its memory. */
export interface Kernel {
  /** The memory, empty at first. Growing it replaces the buffer. */
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** Takes up a heap. */
  resume(heap: number, capacity: number, found: number): void;
  /** Orders the heap, the best first. */
  order(): void;
  /** Offers rows to the heap and gives how many it holds then. */
  scan(
    query: number,
    rows: number,
    rowBytes: number,
    chunks: number,
    chunkStep: number,
    masks: number,
    maskStep: number,
    slot: number,
    areSketches: boolean,
  ): number;
  /** Offers the rows of a list with the scores of their codes. */
  refine(
    query: number,
    codes: number,
    stride: number,
    chunkStep: number,
    list: number,
    count: number,
  ): number;
  /** Makes the sketch of a code. */
  sketch(code: number, target: number, stride: number): void;
  /** Makes a vector one long and rotates it. */
  rotate(
    values: number,
    spare: number,
    dimensions: number,
    signs: number,
    places: number,
    rounds: number,
  ): void;
  /** Rounds floats to a code and gives the sum of the squares of what did not fit. */
  encode(
    values: number,
    code: number,
    dimensions: number,
    stride: number,
    dither: number,
    scale: number,
    offset: number,
    low: number,
    high: number,
  ): number;
}

let compiled: WebAssembly.Module | undefined;

/** Gives a kernel with a memory of its own. The code is compiled once. */
export function loadKernel(): Kernel {
  compiled ??= new WebAssembly.Module(Uint8Array.fromBase64(KERNEL_WASM));
  // The types of WebAssembly do not know what this module exports.
  return new WebAssembly.Instance(compiled).exports as unknown as Kernel;
}
