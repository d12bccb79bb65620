// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "../logger.ts";
import type { Bag } from "./_bag.ts";
import type { Corpus } from "./_corpus.ts";
import type { Document } from "./_document.ts";
import { best, type RankedKey } from "./_ranking.ts";
import { runInSteps, type Steps } from "./_steps.ts";
import { LatentModel, learnFromBags, toUnitLength } from "./latent_model.ts";
import type { RecallStorage } from "./recall_storage.ts";

/** With fewer texts there is nothing to learn that their words do not say. */
export const LEAST_TEXTS = 48;
/** A model is learned anew when there is half as much again to learn from. */
const GROWTH = 1.5;
/** How many of the nearest texts the question is drawn towards, and how far. */
const NEAREST = 5;
const PULL = 0.35;
/** How many may still be among the nearest once the question is drawn: at least, and for each wanted. */
const LEAST_NEAR = 1000;
const NEAR_FACTOR = 5;
/** Which part of a turn the words of the turns beside it count. */
const BESIDE = 0.5;
const DOCUMENTS_PER_STEP = 256;

/** A document with its place, and how near that is to the question. */
interface Placed extends RankedKey {
  readonly place: Float32Array;
}

/** The documents of a workspace by their place in its latent model. */
export class LatentIndex {
  readonly #storage: RecallStorage;
  readonly #file: string;
  readonly #logger: Logger | undefined;
  #model: LatentModel | undefined;
  /** Null for a text without any word that is known. */
  #places = new WeakMap<Document, Float32Array | null>();

  constructor(storage: RecallStorage, file: string, logger: Logger | undefined) {
    this.#storage = storage;
    this.#file = file;
    this.#logger = logger;
  }

  /** How many texts the model was learned from; 0 without one. */
  get learnedFrom(): number {
    return this.#model?.learnedFrom ?? 0;
  }

  /** Whether there is enough to learn, and more than is learned. */
  isDue(texts: number): boolean {
    return texts >= LEAST_TEXTS && texts >= GROWTH * this.learnedFrom;
  }

  /** Takes up the model that was learned earlier, if there is one. */
  async load(): Promise<void> {
    const bytes = await this.#storage.read(this.#file);
    if (bytes === undefined) return;
    this.#model = LatentModel.decode(bytes);
    if (this.#model === undefined) {
      this.#logger?.warn("latent model cannot be read and is learned anew", { file: this.#file });
    }
  }

  /** Learns from the texts as they are now. The old model is in use until it is done. */
  async learn(corpus: Corpus, signal?: AbortSignal): Promise<void> {
    const documents = [...corpus.all()];
    const model = await runInSteps(learnFromTurns(corpus, documents), signal);
    const places = new WeakMap<Document, Float32Array | null>();
    await runInSteps(placeAll(model, documents, corpus, places), signal);
    await this.#storage.write(this.#file, model.encode());
    this.#model = model;
    this.#places = places;
  }

  /** Ranks documents by how near they lie to a text. Gives undefined without a model. */
  rank(
    corpus: Corpus,
    documents: Iterable<Document>,
    text: string,
    most: number,
  ): readonly RankedKey[] | undefined {
    const model = this.#model;
    if (model === undefined) return undefined;
    const question = model.embed(text);
    if (question === undefined) return [];
    const placed: Placed[] = [];
    for (const document of documents) {
      const place = placeOf(model, document, corpus, this.#places);
      if (place !== null) {
        placed.push({ key: document.key, place, score: dot(place, question) });
      }
    }
    const near = best(placed.filter(isNear), Math.max(LEAST_NEAR, NEAR_FACTOR * most));
    const drawn = draw(question, near.slice(0, NEAREST));
    const again = near.map(({ key, place }) => ({ key, score: dot(place, drawn) }));
    return best(again.filter(isNear), most);
  }
}

function* learnFromTurns(corpus: Corpus, documents: readonly Document[]): Steps<LatentModel> {
  const bags: Bag[] = [];
  for (const [index, document] of documents.entries()) {
    if (index % DOCUMENTS_PER_STEP === 0) yield;
    bags.push(contextOf(corpus, document));
  }
  return yield* learnFromBags(bags, corpus.vocabulary);
}

/** Puts all places into one block of memory: a search reads them one after the other. */
function* placeAll(
  model: LatentModel,
  documents: readonly Document[],
  corpus: Corpus,
  places: WeakMap<Document, Float32Array | null>,
): Steps<void> {
  const { dimensions } = model;
  const block = new Float32Array(documents.length * dimensions);
  for (const [index, document] of documents.entries()) {
    if (index % DOCUMENTS_PER_STEP === 0) yield;
    const place = placeOf(model, document, corpus, places);
    if (place === null) continue;
    block.set(place, index * dimensions);
    places.set(document, block.subarray(index * dimensions, (index + 1) * dimensions));
  }
}

function placeOf(
  model: LatentModel,
  document: Document,
  corpus: Corpus,
  places: WeakMap<Document, Float32Array | null>,
): Float32Array | null {
  let place = places.get(document);
  if (place === undefined) {
    place = model.embedStems(corpus.vocabulary.stemsOf(contextOf(corpus, document))) ?? null;
    places.set(document, place);
  }
  return place;
}

/** What is said beside a turn belongs to what it is about, but less than the turn itself. */
function contextOf(corpus: Corpus, { bag, turn }: Document): Bag {
  const turns = turn === undefined ? [] : corpus.turnsOf(turn.sessionId);
  const index = turn?.index ?? 0;
  const beside = [turns[index - 1], turns[index + 1]].filter((each) => each !== undefined);
  if (beside.length === 0) return bag;
  const counts = new Map<number, number>();
  for (
    const [part, other] of [[1, bag], ...beside.map((each) => [BESIDE, each.bag] as const)] as const
  ) {
    for (const [at, term] of other.terms.entries()) {
      counts.set(term, (counts.get(term) ?? 0) + part * (other.counts[at] ?? 0));
    }
  }
  return {
    terms: Uint32Array.from(counts.keys()),
    counts: Float32Array.from(counts.values()),
    length: bag.length,
  };
}

/** Draws the question towards the nearest texts: what is said there of the matter counts as asked. */
function draw(question: Float32Array, nearest: readonly Placed[]): Float32Array {
  const center = new Float32Array(question.length);
  for (const { place, score } of nearest) {
    for (let d = 0; d < center.length; d++) center[d]! += score * place[d]!;
  }
  if (toUnitLength(center) === undefined) return question;
  const drawn = question.map((value, d) => (1 - PULL) * value + PULL * (center[d] ?? 0));
  return toUnitLength(drawn) ?? question;
}

/** Only what lies on the question's side is near at all. */
function isNear({ score }: RankedKey): boolean {
  return score > 0;
}

/** Four sums at once: one would wait for itself. */
function dot(a: Float32Array, b: Float32Array): number {
  const whole = a.length - a.length % 4;
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let d = 0; d < whole; d += 4) {
    first += a[d]! * b[d]!;
    second += a[d + 1]! * b[d + 1]!;
    third += a[d + 2]! * b[d + 2]!;
    fourth += a[d + 3]! * b[d + 3]!;
  }
  for (let d = whole; d < a.length; d++) first += a[d]! * b[d]!;
  return first + second + third + fourth;
}
