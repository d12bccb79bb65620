// SPDX-License-Identifier: Apache-2.0

import type { RecallSignal, SignalShare } from "./recall.ts";

/** Documents in the order that one signal puts them in. */
export interface Ranking {
  /** Which signal. */
  readonly signal: RecallSignal;
  /** How much it counts. */
  readonly weight: number;
  /** Keys of documents with the signal's own measure, the best first, none twice. */
  readonly entries: readonly RankedKey[];
}

/** A document and how well it does. */
export interface RankedKey {
  /** The key of the document. */
  readonly key: string;
  /** Higher is better. */
  readonly score: number;
}

/** A document's score and what it is made of. */
export interface Fused {
  /** The sum of all shares. */
  score: number;
  /** What each signal contributed. */
  readonly shares: SignalShare[];
}

/**
 * Fuses rankings by weighted reciprocal rank: the document at rank r of a ranking gets a share of
 * `weight / (halfRank + r)`, scaled so that the first of a ranking with weight 1 gets 1.
 *
 * Only ranks count, so measures that cannot be compared need not be.
 */
export function fuse(rankings: readonly Ranking[], halfRank: number): Map<string, Fused> {
  const fused = new Map<string, Fused>();
  for (const { signal, weight, entries } of rankings) {
    for (const [index, { key, score }] of entries.entries()) {
      const rank = index + 1;
      const share = weight * (halfRank + 1) / (halfRank + rank);
      addShare(fused, key, { signal, rank, score, share });
    }
  }
  return fused;
}

/** Adds a share to the score of a document. */
export function addShare(fused: Map<string, Fused>, key: string, share: SignalShare): void {
  const known = fused.get(key);
  if (known === undefined) {
    fused.set(key, { score: share.share, shares: [share] });
    return;
  }
  known.score += share.share;
  known.shares.push(share);
}

/** Gives the best entries, the best first; ties by key. */
export function best<Entry extends RankedKey>(
  entries: readonly Entry[],
  most: number,
): readonly Entry[] {
  return leaders(entries, most)
    .sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))
    .slice(0, most);
}

/** Leaves out what cannot be among the best: sorting numbers costs little, sorting objects much. */
function leaders<Entry extends RankedKey>(entries: readonly Entry[], most: number): Entry[] {
  if (entries.length <= 2 * most) return [...entries];
  const scores = Float64Array.from(entries, ({ score }) => score).sort();
  const least = scores[scores.length - most] ?? -Infinity;
  return entries.filter(({ score }) => score >= least);
}
