// SPDX-License-Identifier: Apache-2.0

import { parseSearchQuery } from "../_search_query.ts";
import { words } from "../_words.ts";
import { queryTerms } from "./_bag.ts";
import type { Turn } from "./_document.ts";

/** Whom a question is about, as far as it says so. */
export interface AskedSpeakers {
  /** The names, as the corpus has them. */
  readonly names: ReadonlySet<string>;
  /** The role of who is meant by "I" or "you", when no name is given. */
  readonly role: Turn["role"] | undefined;
  /** The question without the names: those who speak seldom say their own. The whole, if that is all. */
  readonly rest: string;
  /** What the rest looks for, as one text without exclusions. */
  readonly wanted: string;
  /** The stems that the rest looks for, with how often each is named. */
  readonly terms: ReadonlyMap<string, number>;
}

/** Whom a question is about: the subject that a verb goes with, or else whose things they are. */
const SUBJECTS = [
  /\b(?:did|do|have|had|was|were|would|could|can|should|am|are) (i|we|you)\b/iu,
  /\b(i|we|you) \p{L}/iu,
  /\b(i|me|my|mine|we|us|our|ours|your|yours)\b/iu,
];

/** Finds out whom a question asks about, among those who speak in the corpus. */
export function askedSpeakers(question: string, speakers: ReadonlySet<string>): AskedSpeakers {
  const asked = new Set(words(question));
  const names = new Set(
    [...speakers].filter((name) => words(name).slice(0, 1).some((first) => asked.has(first))),
  );
  const rest = names.size > 0 ? without(question, names) : question;
  const wanted = parseSearchQuery(rest).wanted.join(" ");
  const terms = queryTerms(wanted);
  const role = names.size > 0 ? undefined : roleOf(question);
  return { names, role, rest, wanted, terms };
}

/** Tells whether it is the turn of one who is asked about. */
export function isAskedAbout(turn: Turn, { names, role }: AskedSpeakers): boolean {
  return names.size > 0 ? names.has(turn.speaker) : turn.role === role;
}

/** "What did you tell me" asks for what the assistant said; "what did I tell you" for what the user said. */
function roleOf(question: string): Turn["role"] | undefined {
  for (const pattern of SUBJECTS) {
    const subject = pattern.exec(question)?.[1]?.toLowerCase();
    if (subject !== undefined) return subject.startsWith("you") ? "assistant" : "user";
  }
  return undefined;
}

function without(question: string, names: ReadonlySet<string>): string {
  let rest = question;
  for (const name of names) {
    for (const word of name.split(/\s+/u)) {
      const pattern = `(?<![\\p{L}\\p{N}"-])${RegExp.escape(word)}(?:['’]s)?(?![\\p{L}\\p{N}"-])`;
      rest = rest.replaceAll(new RegExp(pattern, "giu"), " ");
    }
  }
  return queryTerms(rest).size > 0 ? rest : question;
}
