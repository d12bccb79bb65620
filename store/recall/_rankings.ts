// SPDX-License-Identifier: Apache-2.0

import type { Fact } from "../knowledge_store.ts";
import type { Message } from "../message.ts";
import type { MessageStore } from "../message_store.ts";
import type { TimeRange } from "../options.ts";
import { rankByTerms } from "./_bm25.ts";
import type { Corpus } from "./_corpus.ts";
import { type Document, keyOf } from "./_document.ts";
import type { EmbeddingIndex } from "./_embedding_index.ts";
import { widenQuery } from "./_feedback.ts";
import type { LatentIndex } from "./_latent_index.ts";
import type { MemoryReader } from "./_memory_reader.ts";
import { onlyDates, type Question } from "./_question.ts";
import { best, type RankedKey, type Ranking } from "./_ranking.ts";
import { type AskedSpeakers, isAskedAbout } from "./_speakers.ts";

/** What the rankings are made from. */
export interface Sources {
  readonly workspaceId: string;
  readonly messages: MessageStore;
  readonly reader: MemoryReader;
  readonly latent: LatentIndex;
  readonly embeddings: EmbeddingIndex;
}

/** Rankings, with what was met on the way. */
export interface Rankings {
  readonly rankings: readonly Ranking[];
  /** Messages that have been read anyway, by key. */
  readonly messages: Map<string, Message>;
  /** What stands for the meaning of texts. */
  readonly meaning: string;
}

/** How deep each ranking goes, at least. */
const LEAST_DEPTH = 100;
/** How many times the hits that are wanted. */
const DEPTH_FACTOR = 5;
/** The nearest texts are chosen before other conditions are looked at. */
const NEAR_TEXTS_FACTOR = 10;
/** How many letters tell that two words are kin, and what one counts for the other. */
const BEGINNING = 6;
const KIN_PART = 0.5;
/** In words that are no stop words. */
const LENGTH_OF_HALF_TRUST = 40;

/** Ranks what may be given by each part that takes part. */
export async function makeRankings(
  sources: Sources,
  question: Question,
  asked: AskedSpeakers,
  notices: string[],
): Promise<Rankings> {
  const { corpus } = sources.reader;
  const { weights, dates } = question;
  const candidates = [...corpus.all()].filter((each) => mayBeGiven(sources.reader, question, each));
  const depth = Math.max(LEAST_DEPTH, DEPTH_FACTOR * question.limit);
  const search = { sources, question, asked, candidates, depth, messages: new Map() };
  const rankings: Ranking[] = [];
  const words = await findWords(search, question.options.range);
  rankings.push({ signal: "words", weight: weights.words, entries: words });
  if (weights.feedback > 0) {
    const query = withKin(corpus, asked.terms, termNumbers(corpus, asked.terms));
    const widened = widenQuery(corpus, query, words);
    const entries = rankByTerms(corpus, candidates, widened, depth);
    rankings.push({ signal: "feedback", weight: weights.feedback, entries });
  }
  const near = weights.meaning > 0 ? await rankByMeaning(search, notices) : undefined;
  if (near !== undefined) {
    const { signal, entries } = near;
    const trust = signal === "lsa" ? trustInLatent(corpus) : 1;
    rankings.push({ signal, weight: weights.meaning * trust, entries });
  }
  for (const date of weights.date > 0 ? dates : []) {
    const entries = await findDated(search, date);
    rankings.push({
      signal: "date",
      weight: weights.date / dates.length,
      entries,
    });
  }
  return {
    rankings: rankings.filter(({ weight }) => weight > 0),
    messages: search.messages,
    meaning: near?.name ?? "none",
  };
}

/** Whether a document meets every condition of the question. */
export function mayBeGiven(reader: MemoryReader, question: Question, document: Document): boolean {
  const { kinds, sessionId, roles, range } = question.options;
  const { kind, turn, id } = document;
  if (kinds !== undefined && !kinds.includes(kind)) return false;
  if (sessionId !== undefined && turn?.sessionId !== sessionId) return false;
  if (roles !== undefined && (turn === undefined || !roles.includes(turn.role))) return false;
  if (range !== undefined && !isWithin(document, range)) return false;
  if (kind === "fact") return isTrueThen(reader.fact(id), question);
  return onlyDates(question)?.some((date) => isWithin(document, date)) ?? true;
}

/** Whether a fact holds at the moment that the question is about. */
function isTrueThen(fact: Fact | undefined, { dates, now, options }: Question): boolean {
  if (fact === undefined) return false;
  const begin = (fact.validAt ?? fact.createdAt).getTime();
  const end = fact.invalidAt?.getTime() ?? Infinity;
  if (options.validAt !== undefined) {
    const moment = options.validAt.getTime();
    return begin <= moment && moment < end;
  }
  const isTrueNow = now.getTime() < end;
  const wasTrue = dates.some(({ from, to }) => begin < to.getTime() && end > from.getTime());
  return onlyDates({ dates, options }) ? wasTrue : isTrueNow || wasTrue;
}

function isWithin({ at, until }: Pick<Document, "at" | "until">, range: TimeRange): boolean {
  const from = range.from.getTime();
  return at < range.to.getTime() && (until > from || at >= from);
}

/** What every ranking of one question is made from. */
interface Search {
  readonly sources: Sources;
  readonly question: Question;
  readonly asked: AskedSpeakers;
  /** The documents that may be given. */
  readonly candidates: readonly Document[];
  /** How many entries a ranking has at most. */
  readonly depth: number;
  /** Takes the messages that are read on the way. */
  readonly messages: Map<string, Message>;
}

/** Looks for the words of the question: the store among messages, here among all else. */
async function findWords(search: Search, range?: TimeRange): Promise<readonly RankedKey[]> {
  const { sources: { reader }, question, candidates, depth } = search;
  const others = candidates.filter((each) =>
    each.kind !== "message" && (range === undefined || isWithin(each, range))
  );
  const query = termNumbers(reader.corpus, question.terms);
  const entries = [
    ...rankByTerms(reader.corpus, others, query, depth),
    ...await searchMessages(search, range),
  ];
  return best(entries, depth);
}

async function searchMessages(search: Search, range?: TimeRange): Promise<readonly RankedKey[]> {
  const { sources, question, asked, depth, messages } = search;
  const { kinds, sessionId, roles, signal } = question.options;
  if (kinds?.includes("message") === false) return [];
  const options = { limit: depth, sessionId, roles, range, signal };
  const hits = await sources.messages.search(sources.workspaceId, asked.rest, options);
  const dates = onlyDates(question);
  return hits.flatMap(({ score, ...message }) => {
    const at = message.createdAt.getTime();
    if (dates?.some((date) => isWithin({ at, until: at }, date)) === false) {
      return [];
    }
    const key = keyOf("message", message.id);
    messages.set(key, message);
    return [{ key, score }];
  });
}

async function rankByMeaning(
  {
    sources: { reader: { corpus }, latent, embeddings },
    question,
    asked,
    candidates,
    depth,
  }: Search,
  notices: string[],
): Promise<Omit<Ranking, "weight"> & { readonly name: string } | undefined> {
  if (question.terms.size === 0) return undefined;
  const { signal } = question.options;
  const most = depth * NEAR_TEXTS_FACTOR;
  const near = await embeddings.search(question.wanted, most, notices, signal);
  if (near !== undefined) {
    const allowed = new Set(candidates);
    const entries = near.texts.flatMap(({ hash, score }) =>
      corpus.withHash(hash).filter((each) => allowed.has(each)).map(({ key }) => ({ key, score }))
    );
    return { name: near.model, signal: "embedding", entries: entries.slice(0, depth) };
  }
  const entries = latent.rank(corpus, candidates, asked.wanted, depth);
  return entries && { name: "lsa", signal: "lsa", entries };
}

/** The fewer words a text has, the less its place in a latent model says. */
function trustInLatent({ averageLength }: Corpus): number {
  return averageLength / (averageLength + LENGTH_OF_HALF_TRUST);
}

/**
 * Ranks what belongs to a date: what holds words of the question first, then what the one who is asked
 * about says, then what says the most.
 */
async function findDated(search: Search, date: TimeRange): Promise<readonly RankedKey[]> {
  const { question: { options }, asked, candidates, depth } = search;
  const range = intersect(date, options.range);
  if (range === undefined) return [];
  const worded = await findWords(search, range);
  const known = new Set(worded.map(({ key }) => key));
  const rest = candidates.filter((each) => isWithin(each, range) && !known.has(each.key));
  const isAsked = ({ turn }: Document) => Number(turn !== undefined && isAskedAbout(turn, asked));
  rest.sort((a, b) => isAsked(b) - isAsked(a) || b.bag.length - a.bag.length || a.at - b.at);
  return [...worded, ...rest.map(({ key }) => ({ key, score: 0 }))].slice(0, depth);
}

function intersect(a: TimeRange, b: TimeRange = a): TimeRange | undefined {
  const from = a.from > b.from ? a.from : b.from;
  const to = a.to < b.to ? a.to : b.to;
  return from < to ? { from, to } : undefined;
}

/** Gives the numbers of the question's terms in the corpus. */
function termNumbers(
  corpus: Corpus,
  terms: ReadonlyMap<string, number>,
): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  for (const [term, count] of terms) {
    const number = corpus.vocabulary.find(term);
    if (number !== undefined) numbers.set(number, count);
  }
  return numbers;
}

/**
 * Lets terms that nobody has said stand for those that begin alike: who asks what somebody registered
 * for looks for a registration, which has another stem.
 */
function withKin(
  corpus: Corpus,
  terms: ReadonlyMap<string, number>,
  numbers: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const all = new Map(numbers);
  for (const [term, count] of terms) {
    if (term.length < BEGINNING || corpus.vocabulary.find(term) !== undefined) continue;
    for (const kin of corpus.vocabulary.startingWith(term.slice(0, BEGINNING))) {
      if (!all.has(kin)) all.set(kin, KIN_PART * count);
    }
  }
  return all;
}
