// SPDX-License-Identifier: Apache-2.0

import type { CodeIndex } from "./code_index.ts";
import type { ScoredSlot } from "./nearest.ts";
import { type CodeQuery, searchCodes, searchSketches } from "./search_codes.ts";

/** In a smaller collection, codes are scanned fast enough. */
const MIN_SIZE = 10_000;
const MAX_K = 1000;
/** How many searches are remembered that were done both ways. */
const MAX_CHECKS = 32;
const SEARCHES_PER_CHECK = 32;
const ENOUGH_RECALL = 0.99;

/**
 * Searches by sketches as long as that finds what codes find.
 *
 * The first searches are done both ways and answered by codes. Once sketches have found 99 % of the
 * nearest in the last 32 searches of that kind, they answer alone; every 32nd search is done both ways
 * still, so that sketches are given up when the data or the queries change, and taken up again.
 */
export class AdaptiveSearch {
  /** Which part of the nearest sketches have found, the latest last. */
  readonly #recalls: number[] = [];
  #searches = 0;

  /** Whether sketches may answer alone. */
  get trustsSketches(): boolean {
    const sum = this.#recalls.reduce((all, recall) => all + recall, 0);
    return this.#recalls.length === MAX_CHECKS && sum / MAX_CHECKS >= ENOUGH_RECALL;
  }

  /** Finds the nearest rows; see {@linkcode searchCodes}. */
  *search(index: CodeIndex, query: CodeQuery): Generator<void, readonly ScoredSlot[]> {
    if (!index.hasSketches || index.size < MIN_SIZE || query.k > MAX_K) {
      return yield* searchCodes(index, query);
    }
    if (this.#isCheckDue()) return yield* this.#check(index, query);
    const found = this.trustsSketches ? yield* searchSketches(index, query) : undefined;
    return found ?? (yield* searchCodes(index, query));
  }

  #isCheckDue(): boolean {
    this.#searches++;
    return this.#recalls.length < MAX_CHECKS || this.#searches % SEARCHES_PER_CHECK === 0;
  }

  *#check(index: CodeIndex, query: CodeQuery): Generator<void, readonly ScoredSlot[]> {
    const found = yield* searchSketches(index, query);
    const nearest = yield* searchCodes(index, query);
    // A search that noticed its own failure did no harm.
    if (found !== undefined) this.#record(found, nearest);
    return nearest;
  }

  #record(found: readonly ScoredSlot[], nearest: readonly ScoredSlot[]): void {
    if (nearest.length === 0) return;
    const slots = new Set(found.map(({ slot }) => slot));
    this.#recalls.push(nearest.filter(({ slot }) => slots.has(slot)).length / nearest.length);
    if (this.#recalls.length > MAX_CHECKS) this.#recalls.shift();
  }
}
