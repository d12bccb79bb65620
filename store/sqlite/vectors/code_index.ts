// SPDX-License-Identifier: Apache-2.0

import { type Kernel, loadKernel } from "./load_kernel.ts";
import { createRotation, type Rotation } from "./rotation.ts";
import type { SlotSet } from "./slot_set.ts";

/** Codes are kept, and written to disk, in chunks of so many. */
export const CHUNK_ROWS = 256;
/** How many candidates one scan can give. */
export const MAX_CANDIDATES = 32_768;

/** Before the codes of a chunk: a bit for each row that is in use, then one for each coarse row. */
const HEAD_BYTES = 64;
const MASK_BYTES = CHUNK_ROWS / 8;
/** Rows of whole cache lines are scanned fastest. */
const STRIDE_BYTES = 64;
const PAGE_BYTES = 65_536;
/** A filtered scan hands its mask to the kernel for so many chunks at a time. */
const WINDOW_CHUNKS = 256;

/** A code is 64 for zero and goes 63 steps either way. */
const CODE_ZERO = 64;
const CODE_STEPS = 63;
const QUERY_STEPS = 127;
/** How far codes reach, in standard deviations of a component after the rotation. */
const RANGE_DEVIATIONS = 5;
/** How far a score computed from codes may be off, in standard deviations of that error. */
const MARGIN_DEVIATIONS = 6;

/** A query, ready to be compared with codes. */
export interface QueryCode {
  /** What the kernel multiplies with. */
  readonly bytes: Int8Array<ArrayBuffer>;
  /** Subtracted from each product: what the codes' zero and dither add to it. */
  readonly offset: number;
  /** Then turns the product into a cosine. */
  readonly unit: number;
  /** That cosine is this near to the true one. */
  readonly margin: number;
}

/** Rows found by a scan, the best first. */
export interface Candidates {
  /** Their slots. */
  readonly slots: Int32Array;
  /** Their cosines, as far as codes tell. */
  readonly scores: Float64Array;
}

/** Where everything lies in the kernel's memory. */
interface Layout {
  readonly values: number;
  readonly spare: number;
  readonly signs: number;
  readonly places: number;
  readonly dither: number;
  readonly query: number;
  readonly masks: number;
  readonly heap: number;
  readonly chunks: number;
}

/**
 * The codes of a collection: each embedding rotated and rounded to 7 bits a component, in the memory
 * of the kernel that scans them.
 *
 * A code is a function of its embedding alone, so it can be made again at any time. The rare embedding
 * that does not fit the range is marked as coarse: its score means little, and it has to be compared
 * exactly whenever it might be wanted.
 */
export class CodeIndex {
  /** The length of every embedding. */
  readonly dimensions: number;
  /** The size of a chunk in memory. */
  readonly chunkBytes: number;
  readonly #stride: number;
  readonly #range: number;
  readonly #rotation: Rotation;
  readonly #kernel: Kernel;
  readonly #layout: Layout;
  readonly #coarse = new Set<number>();
  #bytes: Uint8Array<ArrayBuffer>;
  #chunkCount = 0;
  #size = 0;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.#stride = Math.ceil(dimensions / STRIDE_BYTES) * STRIDE_BYTES;
    this.chunkBytes = HEAD_BYTES + CHUNK_ROWS * this.#stride;
    this.#range = Math.min(1, RANGE_DEVIATIONS / Math.sqrt(dimensions));
    this.#kernel = loadKernel();
    this.#rotation = createRotation(dimensions);
    this.#layout = layOut(dimensions, this.#rotation.rounds, this.#stride);
    this.#bytes = this.#reserve(this.#layout.chunks);
    this.#writeTables(this.#rotation);
  }

  /** How many embeddings it holds. */
  get size(): number {
    return this.#size;
  }

  /** How many chunks it has; those of free slots count too. */
  get chunkCount(): number {
    return this.#chunkCount;
  }

  /** The slots whose codes tell little. */
  get coarse(): ReadonlySet<number> {
    return this.#coarse;
  }

  /** Tells whether a slot is in use. */
  has(slot: number): boolean {
    const chunk = Math.floor(slot / CHUNK_ROWS);
    return chunk < this.#chunkCount && this.#bit(this.#chunkAt(chunk), slot % CHUNK_ROWS);
  }

  /** Gives the slots in use, the lowest first. */
  *slots(): Generator<number> {
    for (let slot = 0; slot < this.#chunkCount * CHUNK_ROWS; slot++) if (this.has(slot)) yield slot;
  }

  /** Puts an embedding into a slot, in the place of what was there. */
  put(slot: number, embedding: Float32Array): void {
    const chunk = Math.floor(slot / CHUNK_ROWS);
    this.#grow(chunk + 1);
    const row = slot % CHUNK_ROWS;
    const address = this.#chunkAt(chunk);
    const code = address + HEAD_BYTES + row * this.#stride;
    this.#rotate(embedding);
    const excess = this.#encode(code, CODE_STEPS / this.#range, CODE_ZERO, 1, QUERY_STEPS);
    this.#mark(slot, address, row, excess > toleratedExcess(this.dimensions));
  }

  /** Frees a slot. */
  remove(slot: number): void {
    if (!this.has(slot)) return;
    const address = this.#chunkAt(Math.floor(slot / CHUNK_ROWS));
    this.#setBit(address, slot % CHUNK_ROWS, false);
    this.#setBit(address + MASK_BYTES, slot % CHUNK_ROWS, false);
    this.#coarse.delete(slot);
    this.#size--;
  }

  /** Makes a query comparable with codes. */
  encodeQuery(embedding: Float32Array): QueryCode {
    this.#rotate(embedding);
    const reach = largest(this.#floats(this.#layout.values, this.dimensions));
    this.#encode(this.#layout.query, QUERY_STEPS / reach, 0, -QUERY_STEPS, QUERY_STEPS);
    const bytes = new Int8Array(this.#bytes.buffer, this.#layout.query, this.#stride).slice();
    const { dither } = this.#rotation;
    const step = this.#range / CODE_STEPS;
    const queryStep = reach / QUERY_STEPS;
    return {
      bytes,
      offset: offsetOf(bytes, dither),
      unit: step * queryStep,
      margin: errorMargin(this.dimensions, step, queryStep),
    };
  }

  /**
   * Offers the rows of some chunks, all in use or those in `mask`, to the heap of a scan.
   *
   * @returns How many rows the heap holds then.
   */
  scan(
    query: QueryCode,
    heap: BigInt64Array<ArrayBuffer>,
    found: number,
    chunks: { readonly first: number; readonly count: number },
    mask?: SlotSet,
  ): number {
    this.#bytes.set(new Uint8Array(query.bytes.buffer), this.#layout.query);
    const shared = this.#heap(heap.length);
    shared.set(heap.subarray(0, found));
    this.#kernel.resume(this.#layout.heap, heap.length, found);
    const end = Math.min(this.#chunkCount, chunks.first + chunks.count);
    const size = mask === undefined
      ? this.#scanAll(chunks.first, end)
      : this.#scanMasked(chunks.first, end, mask);
    heap.set(shared.subarray(0, size));
    return size;
  }

  /** Orders the heap of a finished scan and unpacks it. */
  candidates(query: QueryCode, heap: BigInt64Array<ArrayBuffer>, found: number): Candidates {
    const shared = this.#heap(heap.length);
    shared.set(heap.subarray(0, found));
    this.#kernel.resume(this.#layout.heap, heap.length, found);
    this.#kernel.order();
    const words = new Int32Array(this.#bytes.buffer, this.#layout.heap, 2 * found);
    const slots = new Int32Array(found);
    const scores = new Float64Array(found);
    for (let i = 0; i < found; i++) {
      slots[i] = ~(words[2 * i] ?? 0);
      scores[i] = ((words[2 * i + 1] ?? 0) - query.offset) * query.unit;
    }
    return { slots, scores };
  }

  /** Gives a copy of a chunk, without the rows after its last one in use. */
  exportChunk(chunk: number): Uint8Array {
    const address = this.#chunkAt(chunk);
    let rows = CHUNK_ROWS;
    while (rows > 0 && !this.#bit(address, rows - 1)) rows--;
    return this.#bytes.slice(address, address + HEAD_BYTES + rows * this.#stride);
  }

  /** Takes a chunk from {@linkcode exportChunk}. Gives false when it cannot be one of this collection. */
  importChunk(chunk: number, bytes: Uint8Array): boolean {
    const rows = (bytes.length - HEAD_BYTES) / this.#stride;
    if (!Number.isInteger(rows) || rows < 0 || rows > CHUNK_ROWS) return false;
    this.clearChunk(chunk);
    const address = this.#chunkAt(chunk);
    this.#bytes.set(bytes, address);
    for (let row = 0; row < rows; row++) {
      if (this.#bit(address, row)) this.#size++;
      if (this.#bit(address + MASK_BYTES, row)) this.#coarse.add(chunk * CHUNK_ROWS + row);
    }
    return true;
  }

  /** Frees every slot of a chunk. */
  clearChunk(chunk: number): void {
    this.#grow(chunk + 1);
    for (let row = 0; row < CHUNK_ROWS; row++) this.remove(chunk * CHUNK_ROWS + row);
  }

  #scanAll(first: number, end: number): number {
    const masks = this.#chunkAt(first);
    return this.#scanChunks(first, end - first, masks, this.chunkBytes);
  }

  #scanMasked(first: number, end: number, mask: SlotSet): number {
    let size = 0;
    const masks = this.#layout.masks;
    for (let chunk = first; chunk < end; chunk += WINDOW_CHUNKS) {
      const count = Math.min(WINDOW_CHUNKS, end - chunk);
      const window = this.#bytes.subarray(masks, masks + count * MASK_BYTES);
      mask.copyTo(window, chunk * MASK_BYTES);
      size = this.#scanChunks(chunk, count, masks, MASK_BYTES);
    }
    return size;
  }

  #scanChunks(first: number, count: number, masks: number, maskStep: number): number {
    const { query } = this.#layout;
    const chunks = this.#chunkAt(first);
    const slot = first * CHUNK_ROWS;
    return this.#kernel.scan(
      query,
      chunks,
      Math.max(0, count),
      this.#stride,
      masks,
      maskStep,
      slot,
    );
  }

  #writeTables({ signs, places, dither }: Rotation): void {
    this.#floats(this.#layout.signs, signs.length).set(signs);
    new Int32Array(this.#bytes.buffer, this.#layout.places, places.length).set(places);
    this.#floats(this.#layout.dither, dither.length).set(dither);
  }

  #rotate(embedding: Float32Array): void {
    const { values, spare, signs, places } = this.#layout;
    this.#floats(values, this.dimensions).set(embedding);
    this.#kernel.rotate(values, spare, this.dimensions, signs, places, this.#rotation.rounds);
  }

  #encode(code: number, scale: number, offset: number, low: number, high: number): number {
    return this.#kernel.encode(
      this.#layout.values,
      code,
      this.dimensions,
      this.#stride,
      this.#layout.dither,
      scale,
      offset,
      low,
      high,
    );
  }

  #mark(slot: number, address: number, row: number, isCoarse: boolean): void {
    if (!this.#bit(address, row)) this.#size++;
    this.#setBit(address, row, true);
    this.#setBit(address + MASK_BYTES, row, isCoarse);
    if (isCoarse) this.#coarse.add(slot);
    else this.#coarse.delete(slot);
  }

  #bit(address: number, row: number): boolean {
    return ((this.#bytes[address + (row >>> 3)] ?? 0) & (1 << (row & 7))) !== 0;
  }

  #setBit(address: number, row: number, value: boolean): void {
    const index = address + (row >>> 3);
    const byte = this.#bytes[index] ?? 0;
    this.#bytes[index] = value ? byte | (1 << (row & 7)) : byte & ~(1 << (row & 7));
  }

  #chunkAt(chunk: number): number {
    return this.#layout.chunks + chunk * this.chunkBytes;
  }

  #floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#bytes.buffer, address, length);
  }

  #heap(length: number): BigInt64Array {
    return new BigInt64Array(this.#bytes.buffer, this.#layout.heap, length);
  }

  #grow(chunkCount: number): void {
    if (chunkCount <= this.#chunkCount) return;
    const end = this.#chunkAt(chunkCount);
    if (end > this.#bytes.length) this.#bytes = this.#reserve(end);
    this.#chunkCount = chunkCount;
  }

  #reserve(end: number): Uint8Array<ArrayBuffer> {
    const { memory } = this.#kernel;
    memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES));
    return new Uint8Array(memory.buffer);
  }
}

function layOut(dimensions: number, rounds: number, stride: number): Layout {
  let end = 0;
  const take = (bytes: number) => {
    const address = end;
    end = Math.ceil((address + bytes) / STRIDE_BYTES) * STRIDE_BYTES;
    return address;
  };
  return {
    values: take(4 * dimensions),
    spare: take(4 * dimensions),
    signs: take(4 * dimensions * rounds),
    places: take(4 * dimensions * rounds),
    dither: take(4 * dimensions),
    query: take(stride),
    masks: take(WINDOW_CHUNKS * MASK_BYTES),
    heap: take(8 * MAX_CANDIDATES),
    chunks: end,
  };
}

function largest(values: Float32Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
  return most;
}

/** Gives what the zero of codes and their dither add to a product with this query. */
function offsetOf(query: Int8Array, dither: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < dither.length; i++) sum += (query[i] ?? 0) * (CODE_ZERO + (dither[i] ?? 0));
  return sum;
}

/**
 * How much of an embedding may fall outside the range, as a sum of squares in steps: a quarter of what
 * rounding costs anyway.
 */
function toleratedExcess(dimensions: number): number {
  return dimensions / 48;
}

/**
 * Bounds the error of a cosine that is computed from codes.
 *
 * The dither makes the errors of the components independent, so that of their sum is normally
 * distributed. The dither of a code is subtracted again, which leaves a variance of 1/12 of a square
 * step; that of the query stays in, and its variance is at most 1/4. In few dimensions, adding up the
 * worst of each component gives a lower bound.
 */
function errorMargin(dimensions: number, step: number, queryStep: number): number {
  const deviation = Math.hypot(step / Math.sqrt(12), queryStep / 2);
  const worst = (step / 2 + queryStep) * Math.sqrt(dimensions) +
    step * Math.sqrt(toleratedExcess(dimensions));
  return Math.min(MARGIN_DEVIATIONS * deviation, worst) + 1e-6;
}
