// SPDX-License-Identifier: Apache-2.0

import type { Corpus } from "./_corpus.ts";
import type { Document } from "./_document.ts";
import type { Question } from "./_question.ts";
import { addShare, type Fused } from "./_ranking.ts";
import type { RecallSignal } from "./recall.ts";
import { type AskedSpeakers, isAskedAbout } from "./_speakers.ts";

/** How far a turn reaches, and which part of its gift goes so far. */
const REACH: readonly (readonly [distance: number, part: number])[] = [[1, 1], [2, 0.5]];
/** How many times that an answer gets from the question before it. */
const ANSWER = 2;
const DAY_MS = 86_400_000;

/**
 * Lets hits give a part of their score to the turns beside them, which may become hits by it. An answer
 * belongs to its question more than any other turn: it often shares no word with what is asked later.
 */
export function liftNeighbours(
  fused: Map<string, Fused>,
  corpus: Corpus,
  question: Question,
  mayBeGiven: (document: Document) => boolean,
): void {
  const part = question.weights.neighbours;
  if (part === 0) return;
  const gifts = new Map<string, number>();
  for (const [key, { score }] of fused) {
    const turn = corpus.get(key)?.turn;
    if (turn === undefined) continue;
    const turns = corpus.turnsOf(turn.sessionId);
    for (const [distance, share] of REACH) {
      for (const index of [turn.index - distance, turn.index + distance]) {
        const neighbour = turns[index];
        if (neighbour === undefined) continue;
        const isAnswer = turn.asks && index === turn.index + 1;
        const gift = part * share * score * (isAnswer ? ANSWER : 1);
        gifts.set(neighbour.key, Math.max(gifts.get(neighbour.key) ?? 0, gift));
      }
    }
  }
  const given = [...gifts].filter(([key]) => {
    const document = corpus.get(key);
    return document !== undefined && mayBeGiven(document);
  });
  addRanked(fused, "neighbours", given, (gift) => gift);
}

/** Lets the turns of whoever is asked about rise. */
export function liftSpeakers(
  fused: Map<string, Fused>,
  corpus: Corpus,
  question: Question,
  asked: AskedSpeakers,
): void {
  const part = question.weights.speaker;
  if (part === 0 || (asked.names.size === 0 && asked.role === undefined)) {
    return;
  }
  const lifted = [...fused].flatMap(([key, { score }]) => {
    const turn = corpus.get(key)?.turn;
    return turn !== undefined && isAskedAbout(turn, asked) ? [[key, part * score] as const] : [];
  });
  addRanked(fused, "speaker", lifted, () => part);
}

/** Lets what somebody says again in the same words keep a part of its score only: it tells nothing new. */
export function fadeRepeats(fused: Map<string, Fused>, corpus: Corpus, question: Question): void {
  const kept = question.weights.repeats;
  if (kept === 1) return;
  const counts = new Map<string, number>();
  const faded: [key: string, share: number][] = [];
  for (const [key, { score }] of [...fused].sort(([, a], [, b]) => b.score - a.score)) {
    const { hash, turn } = corpus.get(key) ?? {};
    if (turn === undefined) continue;
    const said = JSON.stringify([hash, turn.role, turn.speaker]);
    const count = counts.get(said) ?? 0;
    counts.set(said, count + 1);
    if (count > 0) faded.push([key, score * (kept ** count - 1)]);
  }
  addRanked(fused, "repeat", faded, (share, score) => 1 + share / score);
}

/** Lets everything fade with its age: after each half-life it counts half. */
export function fade(
  fused: Map<string, Fused>,
  question: Question,
  momentOf: (key: string) => number | undefined,
): void {
  const { options: { halfLifeDays }, now } = question;
  if (halfLifeDays === undefined) return;
  const faded = [...fused].map(([key, { score }]) => {
    const age = Math.max(0, now.getTime() - (momentOf(key) ?? now.getTime()));
    return [key, score * (2 ** (-age / (halfLifeDays * DAY_MS)) - 1)] as const;
  });
  addRanked(fused, "age", faded, (share, score) => 1 + share / score);
}

/** Adds shares that depend on the scores so far, each with its place among them. */
function addRanked(
  fused: Map<string, Fused>,
  signal: RecallSignal,
  shares: (readonly [key: string, share: number])[],
  measure: (share: number, score: number) => number,
): void {
  shares.sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  for (const [index, [key, share]] of shares.entries()) {
    const score = measure(share, fused.get(key)?.score ?? share);
    addShare(fused, key, { signal, rank: index + 1, score, share });
  }
}
