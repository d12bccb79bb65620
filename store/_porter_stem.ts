// SPDX-License-Identifier: Apache-2.0

/**
 * The stem of an English word after M. F. Porter, "An algorithm for suffix stripping" (1980), as
 * SQLite's `porter` tokenizer computes it: `connections`, `connected` and `connect` are one word.
 */

type Rule = readonly [suffix: string, replacement: string];

const SHORTEST = 3;
const LONGEST = 64;

const STEP_2: readonly Rule[] = [
  ["ational", "ate"],
  ["tional", "tion"],
  ["enci", "ence"],
  ["anci", "ance"],
  ["izer", "ize"],
  ["logi", "log"],
  ["bli", "ble"],
  ["alli", "al"],
  ["entli", "ent"],
  ["eli", "e"],
  ["ousli", "ous"],
  ["ization", "ize"],
  ["ation", "ate"],
  ["ator", "ate"],
  ["alism", "al"],
  ["iveness", "ive"],
  ["fulness", "ful"],
  ["ousness", "ous"],
  ["aliti", "al"],
  ["iviti", "ive"],
  ["biliti", "ble"],
];

const STEP_3: readonly Rule[] = [
  ["icate", "ic"],
  ["ative", ""],
  ["alize", "al"],
  ["iciti", "ic"],
  ["ical", "ic"],
  ["ful", ""],
  ["ness", ""],
];

const STEP_4: readonly Rule[] = [
  ["al", ""],
  ["ance", ""],
  ["ence", ""],
  ["er", ""],
  ["ic", ""],
  ["able", ""],
  ["ible", ""],
  ["ant", ""],
  ["ement", ""],
  ["ment", ""],
  ["ent", ""],
  ["ion", ""],
  ["ou", ""],
  ["ism", ""],
  ["ate", ""],
  ["iti", ""],
  ["ous", ""],
  ["ive", ""],
  ["ize", ""],
];

/** Gives the stem of a word in lower case. A word of other letters than a to z is its own stem. */
export function porterStem(word: string): string {
  if (word.length < SHORTEST || word.length > LONGEST || !/^[a-z]+$/.test(word)) return word;
  return step5(step4(step3(step2(step1c(step1b(step1a(word)))))));
}

function step1a(word: string): string {
  if (/.(?:sses|ies)$/.test(word)) return word.slice(0, -2);
  if (word.endsWith("s") && !word.endsWith("ss")) return word.slice(0, -1);
  return word;
}

function step1b(word: string): string {
  if (/.eed$/.test(word)) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  for (const suffix of ["ed", "ing"]) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, -suffix.length);
    return hasVowel(stem) ? mend(stem) : word;
  }
  return word;
}

/** Gives a stem back the ending that `-ed` or `-ing` took from it. */
function mend(stem: string): string {
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsInDoubleConsonant(stem) && !/[lsz]$/.test(stem)) return stem.slice(0, -1);
  return measure(stem) === 1 && endsInShortSyllable(stem) ? `${stem}e` : stem;
}

function step1c(word: string): string {
  return word.endsWith("y") && hasVowel(word.slice(0, -1)) ? `${word.slice(0, -1)}i` : word;
}

function step2(word: string): string {
  return applyFirst(word, STEP_2, (stem) => measure(stem) > 0);
}

function step3(word: string): string {
  return applyFirst(word, STEP_3, (stem) => measure(stem) > 0);
}

function step4(word: string): string {
  return applyFirst(
    word,
    STEP_4,
    (stem, suffix) => measure(stem) > 1 && (suffix !== "ion" || /[st]$/.test(stem)),
  );
}

function step5(word: string): string {
  let stem = word;
  if (stem.endsWith("e")) {
    const shorter = stem.slice(0, -1);
    const size = measure(shorter);
    if (size > 1 || (size === 1 && !endsInShortSyllable(shorter))) stem = shorter;
  }
  return stem.endsWith("ll") && measure(stem.slice(0, -1)) > 1 ? stem.slice(0, -1) : stem;
}

/** Applies the rule with the longest suffix that fits, and no other. */
function applyFirst(
  word: string,
  rules: readonly Rule[],
  allows: (stem: string, suffix: string) => boolean,
): string {
  const fitting = rules.filter(([suffix]) => word.endsWith(suffix));
  const rule = fitting.sort(([left], [right]) => right.length - left.length)[0];
  if (rule === undefined) return word;
  const [suffix, replacement] = rule;
  const stem = word.slice(0, -suffix.length);
  return allows(stem, suffix) ? stem + replacement : word;
}

/** Counts the runs of vowels that a run of consonants follows. */
function measure(stem: string): number {
  return shape(stem).match(/v+c+/g)?.length ?? 0;
}

function hasVowel(stem: string): boolean {
  return shape(stem).includes("v");
}

/** Here, and only here, SQLite takes every `y` for a consonant. */
function endsInDoubleConsonant(stem: string): boolean {
  return /([^aeiou])\1$/.test(stem);
}

/** Whether it ends consonant, vowel, consonant, the last not being w, x or y. */
function endsInShortSyllable(stem: string): boolean {
  return shape(stem).endsWith("cvc") && !/[wxy]$/.test(stem);
}

/** Writes a `v` for each vowel and a `c` for each consonant; `y` is a vowel after a consonant. */
function shape(stem: string): string {
  let letters = "";
  for (const letter of stem) {
    const isVowel = "aeiou".includes(letter) || (letter === "y" && letters.endsWith("c"));
    letters += isVowel ? "v" : "c";
  }
  return letters;
}
