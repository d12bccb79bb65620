// SPDX-License-Identifier: Apache-2.0

import type { Candidates } from "./code_index.ts";

/** A row with its exact score. */
export interface ScoredSlot {
  /** Its slot. */
  readonly slot: number;
  /** Its cosine similarity to the query. */
  readonly score: number;
}

/** What was found among candidates. */
export interface Nearest {
  /** The `k` nearest in no order, and those that tie with the last of them. */
  readonly slots: readonly ScoredSlot[];
  /** Whether no row that is not among the candidates could be nearer. */
  readonly isSettled: boolean;
}

/** How to find the nearest among candidates. */
export interface NearestOptions {
  /** How many are wanted. */
  readonly k: number;
  /** How far the score of a candidate may be off. */
  readonly margin: number;
  /** Rows to compare whatever the codes say. */
  readonly always: Iterable<number>;
  /** Whether every row that takes part is a candidate. */
  readonly isComplete: boolean;
  /** Gives the exact scores of rows, without those that are gone. */
  readonly exactScores: (slots: readonly number[]) => readonly ScoredSlot[];
}

/** So many candidates are read at once after the first `k`, a few of them in vain. */
const ROWS_AT_ONCE = 16;

/**
 * Compares candidates exactly, the best first, until the next one and all after it are too far behind
 * to be wrongly so: mostly a few more than `k`, more where many lie close together.
 */
export function findNearest(candidates: Candidates, options: NearestOptions): Nearest {
  const { k, margin, exactScores } = options;
  const best = new BestScores(k);
  const scored = new Map<number, number>();
  const compare = (slots: Iterable<number>) => {
    const unknown = [...slots].filter((slot) => !scored.has(slot));
    if (unknown.length === 0) return;
    for (const { slot, score } of exactScores(unknown)) {
      scored.set(slot, score);
      best.add(score);
    }
  };
  compare(options.always);
  let next = 0;
  const { slots, scores } = candidates;
  const isNear = (place: number) => (scores[place] ?? -Infinity) + margin >= best.last;
  for (let most = k; next < slots.length && isNear(next); most = ROWS_AT_ONCE) {
    const first = next;
    while (next < slots.length && next < first + most && isNear(next)) next++;
    compare(slots.subarray(first, next));
  }
  const nearest = [...scored].filter(([_slot, score]) => score >= best.last);
  return {
    slots: nearest.map(([slot, score]) => ({ slot, score })),
    isSettled: options.isComplete || next < slots.length,
  };
}

/** The `k` highest scores so far. */
class BestScores {
  readonly #k: number;
  /** Highest first. */
  readonly #scores: number[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  /** The `k`th highest; minus infinity while there are fewer. */
  get last(): number {
    return this.#scores.length < this.#k ? -Infinity : this.#scores.at(-1) ?? -Infinity;
  }

  add(score: number): void {
    if (score <= this.last) return;
    let index = this.#scores.length;
    while (index > 0 && score > (this.#scores[index - 1] ?? 0)) index--;
    this.#scores.splice(index, 0, score);
    if (this.#scores.length > this.#k) this.#scores.pop();
  }
}
