// SPDX-License-Identifier: Apache-2.0

import { words } from "../_words.ts";
import type { Turn } from "./_document.ts";

/** Whom a question is about, as far as it says so. */
export interface AskedSpeakers {
  /** The names, as the corpus has them. */
  readonly names: ReadonlySet<string>;
  /** The role of who is meant by "I" or "you", when no name is given. */
  readonly role: Turn["role"] | undefined;
  /** The question without the names: those who speak seldom say their own. */
  readonly rest: string;
}

const SAID_BY_ASSISTANT = /\b(?:did|do|have|had|were|would|could|can) you\b|\byou(?:'ve|r)?\b/iu;
const SAID_BY_USER = /\b(?:i|i'm|i've|my|me|mine|we|our|us)\b/iu;

/** Finds out whom a question asks about, among those who speak in the corpus. */
export function askedSpeakers(question: string, speakers: ReadonlySet<string>): AskedSpeakers {
  const asked = new Set(words(question));
  const names = new Set(
    [...speakers].filter((name) => words(name).slice(0, 1).some((first) => asked.has(first))),
  );
  if (names.size > 0) return { names, role: undefined, rest: without(question, names) };
  return { names, role: roleOf(question), rest: question };
}

/** Tells whether it is the turn of one who is asked about. */
export function isAskedAbout(turn: Turn, { names, role }: AskedSpeakers): boolean {
  return names.size > 0 ? names.has(turn.speaker) : turn.role === role;
}

/** "What did you tell me" asks for what the assistant said; "what did I say" for what the user said. */
function roleOf(question: string): Turn["role"] | undefined {
  if (SAID_BY_ASSISTANT.test(question)) return "assistant";
  return SAID_BY_USER.test(question) ? "user" : undefined;
}

function without(question: string, names: ReadonlySet<string>): string {
  let rest = question;
  for (const name of names) {
    for (const word of name.split(/\s+/u)) {
      const pattern = `(?<![\\p{L}\\p{N}"-])${RegExp.escape(word)}(?:['’]s)?(?![\\p{L}\\p{N}"-])`;
      rest = rest.replaceAll(new RegExp(pattern, "giu"), " ");
    }
  }
  return rest;
}
