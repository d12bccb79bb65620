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
  /** One bit for each component; empty where there are no sketches. */
  readonly sketch: Uint8Array<ArrayBuffer>;
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

/** What a scan looks at: 7 bits of each component, or one. */
export type Detail = "codes" | "sketches";

/** A heap of rows that a scan fills, and how many it holds. */
export interface Heap {
  /** Room for the rows. */
  readonly entries: BigInt64Array<ArrayBuffer>;
  /** How many were found so far. */
  found: number;
}

/** Some chunks that follow each other. */
export interface ChunkRange {
  /** The first. */
  readonly first: number;
  /** How many at most. */
  readonly count: number;
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
  readonly list: number;
  readonly chunks: number;
}

/**
 * The codes of a collection: each embedding rotated and rounded to 7 bits a component, in the memory
 * of the kernel that scans them.
 *
 * A code is a function of its embedding alone, so it can be made again at any time. The rare embedding
 * that does not fit the range is marked as coarse: its score means little, and it has to be compared
 * exactly whenever it might be wanted.
 *
 * A sketch is one bit of each component of a code: an eighth of the memory to scan, but too little to
 * rank by, so what it finds is ranked by codes.
 */
export class CodeIndex {
  /** The length of every embedding. */
  readonly dimensions: number;
  /** The size of a chunk in memory. */
  readonly chunkBytes: number;
  /** Whether it has sketches too. */
  readonly hasSketches: boolean;
  readonly #stride: number;
  readonly #range: number;
  readonly #rotation: Rotation;
  readonly #kernel: Kernel;
  readonly #layout: Layout;
  readonly #coarse = new Set<number>();
  #bytes: Uint8Array<ArrayBuffer>;
  #chunkCount = 0;
  #size = 0;

  constructor(dimensions: number, hasSketches = false) {
    this.dimensions = dimensions;
    this.#stride = Math.ceil(dimensions / STRIDE_BYTES) * STRIDE_BYTES;
    this.hasSketches = hasSketches;
    this.chunkBytes = HEAD_BYTES +
      CHUNK_ROWS * (this.#stride + (hasSketches ? this.#stride / 8 : 0));
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
    const excess = this.#encodeStored(code);
    if (this.hasSketches) this.#sketch(address, row);
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
    const sketch = this.#sketchQuery();
    const reach = largest(this.#floats(this.#layout.values, this.dimensions));
    this.#encode(this.#layout.query, QUERY_STEPS / reach, 0, -QUERY_STEPS, QUERY_STEPS);
    const bytes = new Int8Array(this.#bytes.buffer, this.#layout.query, this.#stride).slice();
    const { dither } = this.#rotation;
    const step = this.#range / CODE_STEPS;
    const queryStep = reach / QUERY_STEPS;
    return {
      bytes,
      sketch,
      offset: offsetOf(bytes, dither),
      unit: step * queryStep,
      margin: errorMargin(this.dimensions, step, queryStep),
    };
  }

  /** Offers the rows of some chunks, all in use or those in `mask`, to a heap. */
  scan(query: QueryCode, detail: Detail, heap: Heap, range: ChunkRange, mask?: SlotSet): void {
    const { first } = range;
    const end = Math.min(this.#chunkCount, first + range.count);
    if (first >= end) return;
    this.#bytes.set(detail === "codes" ? bytesOf(query.bytes) : query.sketch, this.#layout.query);
    this.#resume(heap);
    if (mask === undefined) {
      heap.found = this.#scanChunks(detail, first, end, this.#chunkAt(first), this.chunkBytes);
    } else {
      heap.found = this.#scanMasked(detail, first, end, mask);
    }
    heap.entries.set(this.#heap(heap.found));
  }

  /** Ranks the rows of one heap, found by sketches, by their codes into another. */
  refine(query: QueryCode, list: Heap, heap: Heap): void {
    this.#bytes.set(bytesOf(query.bytes), this.#layout.query);
    this.#bytes.set(bytesOf(list.entries.subarray(0, list.found)), this.#layout.list);
    this.#resume(heap);
    const codes = this.#chunkAt(0) + HEAD_BYTES;
    const { query: address, list: found } = this.#layout;
    heap.found = this.#kernel.refine(
      address,
      codes,
      this.#stride,
      this.chunkBytes,
      found,
      list.found,
    );
    heap.entries.set(this.#heap(heap.found));
  }

  /** Orders the heap of a finished scan of codes and unpacks it. */
  candidates(query: QueryCode, heap: Heap): Candidates {
    const { found } = heap;
    this.#resume(heap);
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
      if (this.hasSketches) this.#sketch(address, row);
      if (this.#bit(address + MASK_BYTES, row)) this.#coarse.add(chunk * CHUNK_ROWS + row);
    }
    return true;
  }

  /** Frees every slot of a chunk. */
  clearChunk(chunk: number): void {
    this.#grow(chunk + 1);
    for (let row = 0; row < CHUNK_ROWS; row++) this.remove(chunk * CHUNK_ROWS + row);
  }

  #scanMasked(detail: Detail, first: number, end: number, mask: SlotSet): number {
    let found = 0;
    const { masks } = this.#layout;
    for (let chunk = first; chunk < end; chunk += WINDOW_CHUNKS) {
      const last = Math.min(end, chunk + WINDOW_CHUNKS);
      const window = this.#bytes.subarray(masks, masks + (last - chunk) * MASK_BYTES);
      mask.copyTo(window, chunk * MASK_BYTES);
      found = this.#scanChunks(detail, chunk, last, masks, MASK_BYTES);
    }
    return found;
  }

  #scanChunks(
    detail: Detail,
    first: number,
    end: number,
    masks: number,
    maskStep: number,
  ): number {
    const areSketches = detail === "sketches";
    return this.#kernel.scan(
      this.#layout.query,
      this.#chunkAt(first) + (areSketches ? this.#sketchesOffset : HEAD_BYTES),
      areSketches ? this.#stride / 8 : this.#stride,
      end - first,
      this.chunkBytes,
      masks,
      maskStep,
      first * CHUNK_ROWS,
      areSketches,
    );
  }

  #resume({ entries, found }: Heap): void {
    this.#heap(entries.length).set(entries.subarray(0, found));
    this.#kernel.resume(this.#layout.heap, entries.length, found);
  }

  /** Sketches lie after the codes of their chunk. */
  get #sketchesOffset(): number {
    return HEAD_BYTES + CHUNK_ROWS * this.#stride;
  }

  #sketch(chunk: number, row: number): void {
    const code = chunk + HEAD_BYTES + row * this.#stride;
    const target = chunk + this.#sketchesOffset + row * this.#stride / 8;
    this.#kernel.sketch(code, target, this.#stride);
  }

  /** Sketches a query as if it were stored. */
  #sketchQuery(): Uint8Array<ArrayBuffer> {
    if (!this.hasSketches) return new Uint8Array();
    const { query, list } = this.#layout;
    this.#encodeStored(query);
    this.#kernel.sketch(query, list, this.#stride);
    return this.#bytes.slice(list, list + this.#stride / 8);
  }

  #encodeStored(code: number): number {
    return this.#encode(code, CODE_STEPS / this.#range, CODE_ZERO, 1, QUERY_STEPS);
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
    list: take(8 * MAX_CANDIDATES),
    chunks: end,
  };
}

function bytesOf(numbers: Int8Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
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
