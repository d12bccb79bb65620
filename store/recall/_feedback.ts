// SPDX-License-Identifier: Apache-2.0

import type { TermWeights } from "./_bm25.ts";
import type { Corpus } from "./_corpus.ts";
import type { RankedKey } from "./_ranking.ts";

/** How many of the best matches are listened to. */
const BEST_MATCHES = 10;
/** How many of their words join the query. */
const NEW_TERMS = 20;
/** Which part of the query remains what was asked. */
const ORIGINAL_PART = 0.5;
/** Words that so many texts hold say nothing about the question. */
const TOO_COMMON = 0.2;

/**
 * Widens a query by what is typical of its best matches (pseudo relevance feedback, the relevance
 * model of Lavrenko and Croft mixed with the query).
 *
 * Gives the query itself when none of the matches is known.
 */
export function widenQuery(
  corpus: Corpus,
  query: ReadonlyMap<number, number>,
  matches: readonly RankedKey[],
): TermWeights {
  const typical = typicalTerms(corpus, matches.slice(0, BEST_MATCHES));
  if (typical.size === 0) return query;
  const weights = new Map<number, number>();
  for (const [term, weight] of normalize(query)) {
    weights.set(term, ORIGINAL_PART * weight);
  }
  for (const [term, weight] of normalize(typical)) {
    weights.set(term, (weights.get(term) ?? 0) + (1 - ORIGINAL_PART) * weight);
  }
  return weights;
}

function typicalTerms(corpus: Corpus, matches: readonly RankedKey[]): TermWeights {
  const weights = new Map<number, number>();
  for (const { key, score } of matches) {
    const bag = corpus.get(key)?.bag;
    if (bag === undefined || score <= 0) continue;
    for (const [at, term] of bag.terms.entries()) {
      const part = score * (bag.counts[at] ?? 0) / bag.length;
      weights.set(term, (weights.get(term) ?? 0) + part);
    }
  }
  const telling = [...weights]
    .filter(([term]) => corpus.frequencyOf(term) < TOO_COMMON * corpus.size)
    .map(([term, weight]) =>
      [term, weight * Math.log(corpus.size / corpus.frequencyOf(term))] as const
    );
  telling.sort(([a, left], [b, right]) => right - left || a - b);
  return new Map(telling.slice(0, NEW_TERMS));
}

function normalize(weights: TermWeights): TermWeights {
  const sum = weights.values().reduce((total, weight) => total + weight, 0);
  return new Map(
    weights.entries().map(([term, weight]) => [term, weight / sum]),
  );
}
