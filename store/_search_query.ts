// SPDX-License-Identifier: Apache-2.0

import { STOP_WORDS } from "./_stop_words.ts";
import { spaceOut, words } from "./_words.ts";

/** What a person's query asks for: words, and phrases of several words. */
export interface SearchQuery {
  /** Any of these may match; the more, the better. */
  readonly wanted: readonly string[];
  /** None of these may occur. */
  readonly unwanted: readonly string[];
}

/** More terms than any question has; a pasted page is cut here. */
const MAX_TERMS = 128;
/** A minus that stands before a term, then `"a phrase"` or a word. An open quote runs to the end. */
const TERM = /(?<!\S)(-?)(?:"([^"]*)"?|([^\s"]+))/gu;

/** Within a word that is no phrase: "high-speed" asks for "high" and for "speed", as people write both. */
const JOINT = /(?<=\p{L})[-/](?=\p{L})/u;

/** Reads the query that a person typed. Never fails: what means nothing is passed over. */
export function parseSearchQuery(query: string): SearchQuery {
  const wanted = new Set<string>();
  const unwanted = new Set<string>();
  const stopWords = new Set<string>();
  for (const { text, isPhrase, isExcluded } of readTerms(query)) {
    const term = spaceOut(text).trim().replace(/\s+/gu, " ");
    const inside = words(term);
    if (inside.length === 0) continue;
    if (isExcluded) unwanted.add(term);
    else if (!isPhrase && inside.every((each) => STOP_WORDS.has(each))) stopWords.add(term);
    else wanted.add(term);
    if (wanted.size + unwanted.size >= MAX_TERMS) break;
  }
  // "The Who" is made of stop words only, and yet somebody looks for it.
  return {
    wanted: [...(wanted.size > 0 ? wanted : stopWords)].slice(0, MAX_TERMS),
    unwanted: [...unwanted],
  };
}

/** A term as it was typed. */
interface Term {
  readonly text: string;
  readonly isPhrase: boolean;
  readonly isExcluded: boolean;
}

function* readTerms(query: string): Generator<Term> {
  for (const [, minus, phrase, word = ""] of separate(query).matchAll(TERM)) {
    const isExcluded = minus === "-";
    if (phrase !== undefined) yield { text: phrase, isPhrase: true, isExcluded };
    else if (isExcluded) yield { text: word, isPhrase: false, isExcluded };
    else for (const text of word.split(JOINT)) yield { text, isPhrase: false, isExcluded };
  }
}

/** Lets a quote begin a term wherever it stands. */
function separate(query: string): string {
  return query.replace(/(?<=[^\s-])"/gu, ' "').replace(/"(?=\S)/gu, '"');
}
