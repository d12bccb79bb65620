// SPDX-License-Identifier: Apache-2.0

import {
  type Candidates,
  type CodeIndex,
  type Detail,
  type Heap,
  MAX_CANDIDATES,
} from "./code_index.ts";
import type { QueryCode } from "./encoder.ts";
import type { SlotSet } from "./slot_set.ts";

/** A pass over an index that can be made in steps. Other scans may go on between them. */
export class CodeScan {
  readonly #index: CodeIndex;
  readonly #query: QueryCode;
  readonly #detail: Detail;
  readonly #mask: SlotSet | undefined;
  readonly #heap: Heap;
  #nextChunk = 0;

  /** Prepares to find the best `capacity` of the rows in `mask`, or of all. */
  constructor(
    index: CodeIndex,
    query: QueryCode,
    detail: Detail,
    capacity: number,
    mask: SlotSet | undefined,
  ) {
    this.#index = index;
    this.#query = query;
    this.#detail = detail;
    this.#mask = mask;
    this.#heap = createHeap(capacity);
  }

  /** Whether every row is a candidate: then there was room for more. A look at sketches never knows. */
  get isComplete(): boolean {
    return this.#detail === "codes" && this.#heap.found < this.#heap.entries.length;
  }

  /** Scans the next chunks. Gives true when none is left. */
  step(count: number): boolean {
    const range = { first: this.#nextChunk, count };
    this.#index.scan(this.#query, this.#detail, this.#heap, range, this.#mask);
    this.#nextChunk += count;
    return this.#nextChunk >= this.#index.chunkCount;
  }

  /** Gives the best `capacity` of what was found, by codes, the best first. */
  candidates(capacity: number): Candidates {
    if (this.#detail === "codes") return this.#index.candidates(this.#query, this.#heap);
    const refined = createHeap(capacity);
    this.#index.refine(this.#query, this.#heap, refined);
    return this.#index.candidates(this.#query, refined);
  }
}

function createHeap(capacity: number): Heap {
  return { entries: new BigInt64Array(Math.min(capacity, MAX_CANDIDATES)), found: 0 };
}
