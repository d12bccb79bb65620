// SPDX-License-Identifier: Apache-2.0

import { type Candidates, type CodeIndex, MAX_CANDIDATES, type QueryCode } from "./code_index.ts";
import type { SlotSet } from "./slot_set.ts";

/** A pass over the codes that can be made in steps. Other scans may go on between them. */
export class CodeScan {
  readonly #index: CodeIndex;
  readonly #query: QueryCode;
  readonly #mask: SlotSet | undefined;
  readonly #heap: BigInt64Array<ArrayBuffer>;
  #found = 0;
  #nextChunk = 0;

  /** Prepares to find the best `capacity` of the rows in `mask`, or of all. */
  constructor(index: CodeIndex, query: QueryCode, capacity: number, mask: SlotSet | undefined) {
    this.#index = index;
    this.#query = query;
    this.#mask = mask;
    this.#heap = new BigInt64Array(Math.min(capacity, MAX_CANDIDATES));
  }

  /** Whether fewer rows were found than there was room for: then they are all. */
  get isComplete(): boolean {
    return this.#found < this.#heap.length;
  }

  /** Scans the next chunks. Gives true when none is left. */
  step(chunks: number): boolean {
    const part = { first: this.#nextChunk, count: chunks };
    this.#found = this.#index.scan(this.#query, this.#heap, this.#found, part, this.#mask);
    this.#nextChunk += chunks;
    return this.#nextChunk >= this.#index.chunkCount;
  }

  /** Gives what was found, the best first. */
  candidates(): Candidates {
    return this.#index.candidates(this.#query, this.#heap, this.#found);
  }
}
