// SPDX-License-Identifier: Apache-2.0

import { porterStem } from "../_porter_stem.ts";
import { STOP_WORDS } from "../_stop_words.ts";
import { words } from "../_words.ts";

/** A text as its terms: which, and how often. Stop words are no terms. */
export interface Bag {
  /** The numbers of its terms in the {@linkcode Vocabulary}, each once, in the order of the text. */
  readonly terms: Uint32Array;
  /** How often each occurs; words of other texts that belong to it may count in part. */
  readonly counts: Uint32Array | Float32Array;
  /** How many terms it has, each as often as it occurs. */
  readonly length: number;
}

/** A page is enough to know what a text is about; a book would cost seconds. */
const MAX_TEXT = 100_000;
const STOP_WORD = -1;

/** Numbers terms, which are stems, in the order in which they are first met. */
export class Vocabulary {
  readonly #terms: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** The term of each word met so far: stemming costs more than the rest of reading a text. */
  readonly #words = new Map<string, number>();

  /** How many terms it holds. */
  get size(): number {
    return this.#terms.length;
  }

  /** Gives the term with a number. */
  termAt(number: number): string {
    return this.#terms[number] ?? "";
  }

  /** Gives the number of a term, if it has been met. */
  find(term: string): number | undefined {
    return this.#numbers.get(term);
  }

  /** Gives the numbers of the terms that begin with a text. Looks at every term. */
  *startingWith(beginning: string): Generator<number> {
    for (const [number, term] of this.#terms.entries()) {
      if (term.startsWith(beginning)) yield number;
    }
  }

  /** Turns a text into a bag, and takes up its terms. */
  read(text: string): Bag {
    const counts = new Map<number, number>();
    let length = 0;
    for (const word of words(text.slice(0, MAX_TEXT))) {
      const term = this.#termOf(word);
      if (term === STOP_WORD) continue;
      counts.set(term, (counts.get(term) ?? 0) + 1);
      length++;
    }
    return {
      terms: Uint32Array.from(counts.keys()),
      counts: Uint32Array.from(counts.values()),
      length,
    };
  }

  /** Gives the stems of a bag, each with how often it occurs. */
  *stemsOf({ terms, counts }: Bag): Generator<readonly [stem: string, count: number]> {
    for (let at = 0; at < terms.length; at++) {
      yield [this.#terms[terms[at] ?? 0] ?? "", counts[at] ?? 0];
    }
  }

  #termOf(word: string): number {
    let term = this.#words.get(word);
    if (term === undefined) {
      term = STOP_WORDS.has(word) ? STOP_WORD : this.#numberOf(porterStem(word));
      this.#words.set(word, term);
    }
    return term;
  }

  #numberOf(term: string): number {
    let number = this.#numbers.get(term);
    if (number === undefined) {
      number = this.#terms.push(term) - 1;
      this.#numbers.set(term, number);
    }
    return number;
  }
}

/** Gives the terms of a query, each with how often it occurs. No query has more than `most`. */
export function queryTerms(text: string, most = 128): ReadonlyMap<string, number> {
  const terms = new Map<string, number>();
  for (const word of words(text.slice(0, MAX_TEXT))) {
    if (STOP_WORDS.has(word)) continue;
    const term = porterStem(word);
    if (terms.size < most || terms.has(term)) {
      terms.set(term, (terms.get(term) ?? 0) + 1);
    }
  }
  return terms;
}
