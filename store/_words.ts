// SPDX-License-Identifier: Apache-2.0

/** Scripts that are written without spaces between words, and pictures: each character is a word. */
const SPACELESS =
  /(?:\p{sc=Han}|\p{sc=Hiragana}|\p{sc=Katakana}|\p{sc=Hangul}|\p{sc=Thai}|\p{sc=Lao}|\p{sc=Khmer}|\p{sc=Myanmar}|\p{Extended_Pictographic})\p{M}*/gu;
const WORD = /[\p{L}\p{N}\p{Co}\p{So}]+/gu;
const MARKS = /\p{M}+/gu;
const ASCII_ONLY = /^[\x20-\x7e\s]*$/;

/**
 * Puts spaces around the characters of spaceless scripts, so that each is found as a word and a run of
 * them as a phrase. Gives the text itself when there are none.
 */
export function spaceOut(text: string): string {
  if (ASCII_ONLY.test(text)) return text;
  return text.replace(SPACELESS, " $& ");
}

/** Splits a text into words: lower case, without accents. */
export function words(text: string): string[] {
  const folded = spaceOut(text).normalize("NFD").replace(MARKS, "").toLowerCase();
  return folded.match(WORD) ?? [];
}
