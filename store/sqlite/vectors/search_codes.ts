// SPDX-License-Identifier: Apache-2.0

import { type CodeIndex, MAX_CANDIDATES } from "./code_index.ts";
import { CodeScan } from "./code_scan.ts";
import { findNearest, type ScoredSlot } from "./nearest.ts";
import type { SlotSet } from "./slot_set.ts";

/** So many candidates are enough unless many embeddings lie very close together. */
const MIN_CANDIDATES = 64;
const BYTES_PER_STEP = 64 * 1024 * 1024;
const ROWS_PER_STEP = 1024;

/** What to look for among codes. */
export interface CodeQuery {
  /** The query. */
  readonly embedding: Float32Array;
  /** How many are wanted; at least 1. */
  readonly k: number;
  /** Which slots take part; all when absent. */
  readonly mask: SlotSet | undefined;
  /** Gives the exact score of a row; undefined when it is gone. */
  readonly exactScore: (slot: number) => number | undefined;
  /**
   * How many bytes of codes are scanned between two pauses: some milliseconds' worth.
   *
   * @default {67108864}
   */
  readonly bytesPerStep?: number | undefined;
}

/**
 * Finds the `k` nearest rows, and those that tie with the last of them. It may be left alone at each
 * `yield` for as long as the codes do not change.
 */
export function* searchCodes(
  index: CodeIndex,
  query: CodeQuery,
): Generator<void, readonly ScoredSlot[]> {
  const { k, mask, exactScore } = query;
  const code = index.encodeQuery(query.embedding);
  const always = [...index.coarse].filter((slot) => mask?.has(slot) ?? true);
  const chunksPerStep = Math.ceil((query.bytesPerStep ?? BYTES_PER_STEP) / index.chunkBytes);
  for (let capacity = Math.max(MIN_CANDIDATES, 2 * k); capacity <= MAX_CANDIDATES; capacity *= 8) {
    const scan = new CodeScan(index, code, capacity, mask);
    while (!scan.step(chunksPerStep)) yield;
    const { margin } = code;
    const { isComplete } = scan;
    const options = { k, margin, always, isComplete, exactScore };
    const { slots, isSettled } = findNearest(scan.candidates(), options);
    if (isSettled) return slots;
  }
  return yield* compareAll(index, query);
}

/** For thousands of embeddings that are nearly the same, codes cannot tell which is the nearest. */
function* compareAll(index: CodeIndex, query: CodeQuery): Generator<void, readonly ScoredSlot[]> {
  const scored: ScoredSlot[] = [];
  for (const slot of index.slots()) {
    if (query.mask?.has(slot) === false) continue;
    const score = query.exactScore(slot);
    if (score !== undefined) scored.push({ slot, score });
    if (scored.length % ROWS_PER_STEP === 0) yield;
  }
  const last = scored.map(({ score }) => score).sort((a, b) => b - a)[query.k - 1] ?? -Infinity;
  return scored.filter(({ score }) => score >= last);
}
