// SPDX-License-Identifier: Apache-2.0

import { porterStem } from "../_porter_stem.ts";
import { words } from "../_words.ts";
import { queryTerms } from "./_bag.ts";

/** A word of a text that the query holds, and where. */
interface Match {
  readonly start: number;
  readonly end: number;
  readonly term: string;
}

const MAX_TEXT = 1_000_000;
const LEAST_LENGTH = 20;
/** Words, and single characters of scripts without spaces. */
const WORD =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]\p{M}*|[\p{L}\p{M}\p{N}]+/gu;
const ELLIPSIS = "…";

/**
 * Gives the part of a text that holds the most different words of a query, at most `maxLength`
 * characters long, cut between words; `…` stands where something was left out.
 *
 * Words are compared as in a search: by stem, without case and accents. Without any match it is the
 * beginning of the text.
 *
 * @throws {RangeError} When `maxLength` is not a whole number of at least 20.
 *
 * @example Usage
 * ```ts
 * import { snippet } from "@sigil/store/recall";
 *
 * const text = "It rained all day. In the evening the boiler was repaired at last, by a plumber.";
 * snippet(text, "who repairs boilers?", 40); // "…evening the boiler was repaired at…"
 * ```
 */
export function snippet(text: string, query: string, maxLength: number): string {
  if (!Number.isSafeInteger(maxLength) || maxLength < LEAST_LENGTH) {
    throw new RangeError(`maxLength is not a whole number of at least ${LEAST_LENGTH}`);
  }
  if (text.length <= maxLength) return text;
  const room = maxLength - 2 * ELLIPSIS.length;
  const [start, end] = widen(densest(matchesIn(text.slice(0, MAX_TEXT), query), room), text, room);
  const inside = text.slice(start, end).trim();
  return `${start > 0 ? ELLIPSIS : ""}${inside}${end < text.length ? ELLIPSIS : ""}`;
}

function matchesIn(text: string, query: string): readonly Match[] {
  const wanted = queryTerms(query);
  const matches: Match[] = [];
  if (wanted.size === 0) return matches;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const term = porterStem(words(word)[0] ?? "");
    if (wanted.has(term)) {
      matches.push({ start: index, end: index + word.length, term });
    }
  }
  return matches;
}

/** Finds the run of matches that fits and holds the most different words; then the most; then the first. */
function densest(matches: readonly Match[], room: number): readonly [start: number, end: number] {
  let bestSpan: readonly [number, number] = [0, 0];
  let bestScore = 0;
  const counts = new Map<string, number>();
  let first = 0;
  for (const [last, { term, end }] of matches.entries()) {
    counts.set(term, (counts.get(term) ?? 0) + 1);
    while (first < last && end - (matches[first]?.start ?? 0) > room) {
      forget(counts, matches[first++]?.term ?? "");
    }
    const score = counts.size * matches.length + (last - first);
    if (score > bestScore) {
      bestScore = score;
      bestSpan = [matches[first]?.start ?? 0, end];
    }
  }
  return bestSpan;
}

function forget(counts: Map<string, number>, term: string): void {
  const left = (counts.get(term) ?? 0) - 1;
  if (left > 0) counts.set(term, left);
  else counts.delete(term);
}

/** Fills the room on both sides, then draws back to the ends of words. */
function widen(
  [start, end]: readonly [number, number],
  text: string,
  room: number,
): readonly [number, number] {
  const spare = Math.max(0, room - (end - start));
  let from = Math.max(0, start - Math.floor(spare / 2));
  const to = Math.min(text.length, from + room);
  from = Math.max(0, to - room);
  return [from === 0 ? 0 : afterSpace(text, from, start), beforeSpace(text, to, end)];
}

function afterSpace(text: string, from: number, start: number): number {
  const space = text.slice(from - 1, Math.max(from, start)).search(/\s/u);
  if (space >= 0) return from + space;
  return isHalfway(text, from) ? from + 1 : from;
}

function beforeSpace(text: string, to: number, end: number): number {
  if (to >= text.length) return text.length;
  const inside = text.slice(end, to + 1);
  const space = inside.search(/\s\S*$/u);
  if (space >= 0) return end + space;
  return isHalfway(text, to) ? to - 1 : to;
}

/** Whether a cut would halve a surrogate pair. */
function isHalfway(text: string, cut: number): boolean {
  const code = text.charCodeAt(cut);
  return code >= 0xdc00 && code <= 0xdfff;
}
