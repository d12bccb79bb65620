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

function anyOf(terms: readonly string[]): string {
  return terms.map((term) => `"${term.replaceAll('"', '""')}"`).join(" OR ");
}
