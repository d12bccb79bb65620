// SPDX-License-Identifier: Apache-2.0

import { porterStem } from "../_porter_stem.ts";
import type { SearchQuery } from "../_search_query.ts";
import { words } from "../_words.ts";

/** A text as the list of its stems. */
export type Stems = readonly string[];

const SATURATION = 1.2;
const LENGTH_NORM = 0.75;
/** What a term that occurs in most texts still counts. */
const LEAST_WEIGHT = 1e-6;

/** Gives the stems of a text, in its order. */
export function stemsOf(text: string): Stems {
  return words(text).map(porterStem);
}

/**
 * Ranks texts against a query by Okapi BM25, with the constants of SQLite's FTS5.
 *
 * Gives one score for each text: undefined where it does not match, else higher for better.
 */
export function rank(query: SearchQuery, texts: readonly Stems[]): readonly (number | undefined)[] {
  const wanted = query.wanted.map(stemsOf);
  const unwanted = query.unwanted.map(stemsOf);
  const averageLength = texts.reduce((sum, { length }) => sum + length, 0) /
    Math.max(1, texts.length);
  const weights = wanted.map((term) => weight(term, texts));
  return texts.map((text) => {
    const counts = wanted.map((term) => countOf(term, text));
    if (counts.every((count) => count === 0) || unwanted.some((term) => countOf(term, text) > 0)) {
      return undefined;
    }
    const norm = SATURATION * (1 - LENGTH_NORM + LENGTH_NORM * text.length / averageLength);
    return counts.reduce(
      (sum, count, index) =>
        sum + (weights[index] ?? 0) * count * (SATURATION + 1) / (count + norm),
      0,
    );
  });
}

function weight(term: Stems, texts: readonly Stems[]): number {
  const holding = texts.filter((text) => countOf(term, text) > 0).length;
  return Math.max(LEAST_WEIGHT, Math.log((texts.length - holding + 0.5) / (holding + 0.5)));
}

/** Counts where the stems of a term stand together in a text. */
function countOf(term: Stems, text: Stems): number {
  let count = 0;
  for (let start = 0; start + term.length <= text.length; start++) {
    if (term.every((stem, index) => stem === text[start + index])) count++;
  }
  return count;
}
