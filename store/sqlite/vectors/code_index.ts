// SPDX-License-Identifier: Apache-2.0

import { Encoder, type QueryCode } from "./encoder.ts";
import { KernelMemory } from "./kernel_memory.ts";
import type { SlotSet } from "./slot_set.ts";

/** Codes are kept, and written to disk, in chunks of so many. */
export const CHUNK_ROWS = 256;
/** How many candidates one scan can give. */
export const MAX_CANDIDATES = 32_768;

/** Before the codes of a chunk: a bit for each row that is in use, then one for each coarse row. */
const HEAD_BYTES = 64;
const MASK_BYTES = CHUNK_ROWS / 8;
/** A filtered scan hands its mask to the kernel for so many chunks at a time. */
const WINDOW_CHUNKS = 256;

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

/**
 * The codes of a collection, in the memory of the kernel that scans them.
 *
 * The rare embedding that does not fit the range of codes is marked as coarse: its score means little,
 * and it has to be compared exactly whenever it might be wanted. Sketches are an eighth of the memory to
 * scan, but too little to rank by, so what they find is ranked by codes.
 */
export class CodeIndex {
  /** The length of every embedding. */
  readonly dimensions: number;
  /** Whether it has sketches too. */
  readonly hasSketches: boolean;
  /** The size of a chunk in memory. */
  readonly chunkBytes: number;
  readonly #memory = new KernelMemory();
  readonly #encoder: Encoder;
  readonly #stride: number;
  readonly #query: number;
  readonly #masks: number;
  readonly #heapAt: number;
  readonly #list: number;
  readonly #chunks: number;
  readonly #coarse = new Set<number>();
  #chunkCount = 0;
  #size = 0;

  constructor(dimensions: number, hasSketches = false) {
    this.dimensions = dimensions;
    this.hasSketches = hasSketches;
    this.#encoder = new Encoder(this.#memory, dimensions);
    this.#stride = this.#encoder.stride;
    const rowBytes = this.#stride + (hasSketches ? this.#stride / 8 : 0);
    this.chunkBytes = HEAD_BYTES + CHUNK_ROWS * rowBytes;
    this.#query = this.#memory.take(this.#stride);
    this.#masks = this.#memory.take(WINDOW_CHUNKS * MASK_BYTES);
    this.#heapAt = this.#memory.take(8 * MAX_CANDIDATES);
    this.#list = this.#memory.take(8 * MAX_CANDIDATES);
    this.#chunks = this.#memory.end;
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
    const fits = this.#encoder.encode(embedding, address + HEAD_BYTES + row * this.#stride);
    if (this.hasSketches) this.#sketch(address, row);
    this.#mark(slot, address, row, !fits);
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

  /** Makes a query comparable with codes and sketches. */
  encodeQuery(embedding: Float32Array): QueryCode {
    return this.#encoder.encodeQuery(embedding);
  }

  /** Offers the rows of some chunks, all in use or those in `mask`, to a heap. */
  scan(query: QueryCode, detail: Detail, heap: Heap, range: ChunkRange, mask?: SlotSet): void {
    const { first } = range;
    const end = Math.min(this.#chunkCount, first + range.count);
    if (first >= end) return;
    this.#memory.bytes.set(detail === "codes" ? bytesOf(query.bytes) : query.sketch, this.#query);
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
    this.#memory.bytes.set(bytesOf(query.bytes), this.#query);
    this.#memory.bytes.set(bytesOf(list.entries.subarray(0, list.found)), this.#list);
    this.#resume(heap);
    const codes = this.#chunkAt(0) + HEAD_BYTES;
    heap.found = this.#memory.kernel.refine(
      this.#query,
      codes,
      this.#stride,
      this.chunkBytes,
      this.#list,
      list.found,
    );
    heap.entries.set(this.#heap(heap.found));
  }

  /** Orders the heap of a finished scan of codes and unpacks it. */
  candidates(query: QueryCode, heap: Heap): Candidates {
    const { found } = heap;
    this.#resume(heap);
    this.#memory.kernel.order();
    const words = new Int32Array(this.#memory.bytes.buffer, this.#heapAt, 2 * found);
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
    return this.#memory.bytes.slice(address, address + HEAD_BYTES + rows * this.#stride);
  }

  /** Takes a chunk from {@linkcode exportChunk}. Gives false when it cannot be one of this collection. */
  importChunk(chunk: number, bytes: Uint8Array): boolean {
    const rows = (bytes.length - HEAD_BYTES) / this.#stride;
    if (!Number.isInteger(rows) || rows < 0 || rows > CHUNK_ROWS) return false;
    this.clearChunk(chunk);
    const address = this.#chunkAt(chunk);
    this.#memory.bytes.set(bytes, address);
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
    for (let chunk = first; chunk < end; chunk += WINDOW_CHUNKS) {
      const last = Math.min(end, chunk + WINDOW_CHUNKS);
      const window = this.#memory.bytes.subarray(
        this.#masks,
        this.#masks + (last - chunk) * MASK_BYTES,
      );
      mask.copyTo(window, chunk * MASK_BYTES);
      found = this.#scanChunks(detail, chunk, last, this.#masks, MASK_BYTES);
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
    return this.#memory.kernel.scan(
      this.#query,
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
    this.#memory.kernel.resume(this.#heapAt, entries.length, found);
  }

  /** Sketches lie after the codes of their chunk. */
  get #sketchesOffset(): number {
    return HEAD_BYTES + CHUNK_ROWS * this.#stride;
  }

  #sketch(chunk: number, row: number): void {
    const code = chunk + HEAD_BYTES + row * this.#stride;
    const target = chunk + this.#sketchesOffset + row * this.#stride / 8;
    this.#encoder.sketch(code, target);
  }

  #mark(slot: number, address: number, row: number, isCoarse: boolean): void {
    if (!this.#bit(address, row)) this.#size++;
    this.#setBit(address, row, true);
    this.#setBit(address + MASK_BYTES, row, isCoarse);
    if (isCoarse) this.#coarse.add(slot);
    else this.#coarse.delete(slot);
  }

  #bit(address: number, row: number): boolean {
    return ((this.#memory.bytes[address + (row >>> 3)] ?? 0) & (1 << (row & 7))) !== 0;
  }

  #setBit(address: number, row: number, value: boolean): void {
    const index = address + (row >>> 3);
    const byte = this.#memory.bytes[index] ?? 0;
    this.#memory.bytes[index] = value ? byte | (1 << (row & 7)) : byte & ~(1 << (row & 7));
  }

  #chunkAt(chunk: number): number {
    return this.#chunks + chunk * this.chunkBytes;
  }

  #heap(length: number): BigInt64Array {
    return new BigInt64Array(this.#memory.bytes.buffer, this.#heapAt, length);
  }

  #grow(chunkCount: number): void {
    if (chunkCount <= this.#chunkCount) return;
    this.#memory.take((chunkCount - this.#chunkCount) * this.chunkBytes);
    this.#chunkCount = chunkCount;
  }
}

function bytesOf(numbers: Int8Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
