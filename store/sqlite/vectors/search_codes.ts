// SPDX-License-Identifier: Apache-2.0

import { type CodeIndex, MAX_CANDIDATES } from "./code_index.ts";
import { CodeScan } from "./code_scan.ts";
import { findNearest, type Nearest, type ScoredSlot } from "./nearest.ts";
import type { SlotSet } from "./slot_set.ts";

/** So many candidates are enough unless many embeddings lie very close together. */
const MIN_CANDIDATES = 64;
/** So many rows are ranked by codes after a look at sketches. */
const MIN_SKETCHES = 1024;
const SKETCHES_PER_NEAREST = 16;
const ROWS_PER_STEP = 1024;

/** What to look for among codes. */
export interface CodeQuery {
  /** The query. */
  readonly embedding: Float32Array;
  /** How many are wanted; at least 1. */
  readonly k: number;
  /** Which slots take part; all when absent. */
  readonly mask: SlotSet | undefined;
  /** Gives the exact scores of rows, without those that are gone. */
  readonly exactScores: (slots: readonly number[]) => readonly ScoredSlot[];
  /** How many bytes of codes are scanned between two pauses, or half as many more. */
  readonly stepBytes: number;
}

/**
 * Finds the `k` nearest rows, and those that tie with the last of them. It may be left alone at each
 * `yield` for as long as the codes do not change.
 */
export function* searchCodes(
  index: CodeIndex,
  query: CodeQuery,
): Generator<void, readonly ScoredSlot[]> {
  const code = index.encodeQuery(query.embedding);
  for (const capacity of capacities(query.k)) {
    const scan = new CodeScan(index, code, "codes", capacity, query.mask);
    const { slots, isSettled } = yield* findBy(scan, index, query, code.margin);
    if (isSettled) return slots;
  }
  return yield* compareAll(index, query);
}

/**
 * Finds mostly the same by looking at one bit of each component first, which is faster. Gives nothing
 * when it can tell that this was not enough; whether it missed a row it cannot tell.
 */
export function* searchSketches(
  index: CodeIndex,
  query: CodeQuery,
): Generator<void, readonly ScoredSlot[] | undefined> {
  const code = index.encodeQuery(query.embedding);
  const capacity = Math.max(MIN_SKETCHES, SKETCHES_PER_NEAREST * query.k, index.size / 256);
  const scan = new CodeScan(index, code, "sketches", Math.ceil(capacity), query.mask);
  const { slots, isSettled } = yield* findBy(scan, index, query, code.margin);
  return isSettled ? slots : undefined;
}

function* findBy(
  scan: CodeScan,
  index: CodeIndex,
  { k, mask, stepBytes, exactScores }: CodeQuery,
  margin: number,
): Generator<void, Nearest> {
  const chunks = chunksPerStep(index, stepBytes);
  while (!scan.step(chunks)) yield;
  const { isComplete } = scan;
  const always = [...index.coarse].filter((slot) => mask?.has(slot) ?? true);
  const candidates = scan.candidates(enoughCandidates(k));
  return findNearest(candidates, { k, margin, always, isComplete, exactScores });
}

/** Makes all steps as large as each other: a pause for the little that is left over would cost more. */
function chunksPerStep(index: CodeIndex, stepBytes: number): number {
  const steps = Math.max(1, Math.round(index.chunkCount * index.chunkBytes / stepBytes));
  return Math.ceil(index.chunkCount / steps);
}

function enoughCandidates(k: number): number {
  return Math.max(MIN_CANDIDATES, 2 * k);
}

/** Gives how many candidates to try with, one after the other. */
function capacities(k: number): readonly number[] {
  const first = enoughCandidates(k);
  return [first, first * 8, MAX_CANDIDATES].filter((capacity) => capacity <= MAX_CANDIDATES);
}

/** For thousands of embeddings that are nearly the same, codes cannot tell which is the nearest. */
function* compareAll(index: CodeIndex, query: CodeQuery): Generator<void, readonly ScoredSlot[]> {
  const scored: ScoredSlot[] = [];
  const slots = [...index.slots()].filter((slot) => query.mask?.has(slot) ?? true);
  for (let first = 0; first < slots.length; first += ROWS_PER_STEP) {
    const part = slots.slice(first, first + ROWS_PER_STEP);
    scored.push(...query.exactScores(part));
    yield;
  }
  const last = scored.map(({ score }) => score).sort((a, b) => b - a)[query.k - 1] ?? -Infinity;
  return scored.filter(({ score }) => score >= last);
}
