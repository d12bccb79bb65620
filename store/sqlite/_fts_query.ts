// SPDX-License-Identifier: Apache-2.0

import type { SearchQuery } from "../_search_query.ts";

/**
 * Writes a query in the language of FTS5. Every term is quoted, so that nothing a person types is taken
 * for an operator; a term of several words becomes a phrase.
 *
 * Gives undefined when the query wants nothing.
 */
export function toFtsQuery(query: SearchQuery): string | undefined {
  if (query.wanted.length === 0) return undefined;
  const wanted = anyOf(query.wanted);
  return query.unwanted.length === 0 ? wanted : `(${wanted}) NOT (${anyOf(query.unwanted)})`;
}

/** Letters that SQLite's tokenizer and this program are sure to tell from other characters alike. */
const PLAIN = /^[\x20-\x7e\u00c0-\u024f]*$/;
const PLAIN_WORD = /[a-zA-Z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]+/g;
/** To look up more words than this takes about as long as another thread does to answer. */
const MAX_WORDS = 8;

/**
 * Writes the query for every message that holds any word of a query, one of a phrase or an unwanted one
 * included. Whatever looks for the query itself never visits any other message, so that to count these is
 * to know the most that it can cost.
 *
 * Gives undefined where that is not certain: for many words, and for those of other scripts than the
 * Latin one, of which the tokenizer of SQLite might make several.
 */
export function toWordsQuery(query: SearchQuery): string | undefined {
  const terms = [...query.wanted, ...query.unwanted];
  if (!terms.every((term) => PLAIN.test(term))) return undefined;
  const words = new Set(terms.flatMap((term) => term.match(PLAIN_WORD) ?? []));
  return words.size > MAX_WORDS ? undefined : anyOf([...words]);
}

function anyOf(terms: readonly string[]): string {
  return terms.map((term) => `"${term.replaceAll('"', '""')}"`).join(" OR ");
}
