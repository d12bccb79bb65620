// SPDX-License-Identifier: Apache-2.0

import type { Corpus } from "./_corpus.ts";
import type { Document } from "./_document.ts";
import { best, type RankedKey } from "./_ranking.ts";

/** How much each term of a query counts, by its number in the vocabulary. */
export type TermWeights = ReadonlyMap<number, number>;

/** Those of SQLite's FTS5, so that what is ranked there and here can be compared. */
const SATURATION = 1.2;
const LENGTH_NORM = 0.75;

/** Ranks documents by bm25 against a query whose terms have weights. */
export function rankByTerms(
  corpus: Corpus,
  documents: Iterable<Document>,
  query: TermWeights,
  most: number,
): readonly RankedKey[] {
  if (query.size === 0) return [];
  // Looked up for every term of every document: an array is many times faster than a map.
  const weights = new Float64Array(corpus.vocabulary.size);
  for (const [term, weight] of query) weights[term] = weight * inverseFrequency(corpus, term);
  const { averageLength } = corpus;
  const entries: RankedKey[] = [];
  for (const document of documents) {
    const score = scoreOf(document, weights, averageLength);
    if (score > 0) entries.push({ key: document.key, score });
  }
  return best(entries, most);
}

/** What a term tells: the rarer, the more. Never below zero. */
function inverseFrequency(corpus: Corpus, term: number): number {
  const frequency = corpus.frequencyOf(term);
  return Math.log(1 + (corpus.size - frequency + 0.5) / (frequency + 0.5));
}

function scoreOf({ bag }: Document, weights: Float64Array, averageLength: number): number {
  const { terms, counts, length } = bag;
  let score = 0;
  for (let at = 0; at < terms.length; at++) {
    const weight = weights[terms[at] ?? -1] ?? 0;
    if (weight === 0) continue;
    const count = counts[at] ?? 0;
    const norm = SATURATION *
      (1 - LENGTH_NORM + LENGTH_NORM * length / averageLength);
    score += weight * count * (SATURATION + 1) / (count + norm);
  }
  return score;
}
