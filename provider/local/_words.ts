// SPDX-License-Identifier: Apache-2.0

const WORD = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;

/** Words that say nothing about the matter of a sentence. */
const STOP_WORDS = new Set(
  `a about again all am an and any anything are as asked at be been but by can could did do does done
  ever find for from get give had has have he hello her hey hi him his how i i'd i'll i'm i've if in is
  it it's its just know last let let's like look me mean mention mentioned mine much my of on or our
  please recall remember said say search she should show so some talk talked tell than that that's the
  their them then there these they thing things think this those time to told up us was we were what
  what's when where which who who's whom whose why will with would you your`.split(/\s+/),
);

const SUFFIXES: readonly (readonly [RegExp, string])[] = [
  [/(ss|us|is)$/, "$1"],
  [/sses$/, "ss"],
  [/ies$/, "y"],
  [/(x|ch|sh)es$/, "$1"],
  [/s$/, ""],
];
const VERB_ENDING = /^(.*[aeiouy].*?)(?:ing|ed)$/;

/** Splits a text into lower-case words. */
export function words(text: string): readonly string[] {
  return text.normalize("NFKC").toLowerCase().match(WORD) ?? [];
}

/** Gives the words that carry the matter; all of them if none does. */
export function keywords(text: string): readonly string[] {
  const all = words(text);
  const matter = all.filter((word) =>
    !STOP_WORDS.has(word.includes("’") ? word.replaceAll("’", "'") : word)
  );
  return matter.length > 0 ? matter : all;
}

/** Cuts the commonest English endings off, in the manner of Porter's first step. */
export function stem(word: string): string {
  if (word.length < 4) return word;
  const [ending, put] = SUFFIXES.find(([ending]) => ending.test(word)) ?? [/$/, ""];
  const singular = word.replace(/['’]s?$/, "").replace(ending, put);
  const root = VERB_ENDING.exec(singular)?.[1];
  const short = root === undefined || root.length < 3
    ? singular.replace(/([^aeiou])y$/, "$1i")
    : root.replace(/([^aeiouls])\1$/, "$1");
  return short.replace(/e$/, "");
}
