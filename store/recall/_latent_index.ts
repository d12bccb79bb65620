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
/** Which part of a turn the words of the turns beside it count. */
const BESIDE = 0.5;
const DOCUMENTS_PER_STEP = 256;

/** The documents of a workspace by their place in its latent model. */
export class LatentIndex {
  readonly #storage: RecallStorage;
  readonly #file: string;
  readonly #logger: Logger | undefined;
  #model: LatentModel | undefined;
  /** Null for a text without any word that is known. */
  #places = new WeakMap<Document, Float32Array | null>();

  constructor(
    storage: RecallStorage,
    file: string,
    logger: Logger | undefined,
  ) {
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
      this.#logger?.warn("latent model cannot be read and is learned anew", {
        file: this.#file,
      });
    }
  }

  /** Learns from the texts as they are now. The old model is in use until it is done. */
  async learn(corpus: Corpus, signal?: AbortSignal): Promise<void> {
    const documents = [...corpus.all()];
    const bags = documents.map((document) => contextOf(corpus, document));
    const model = await runInSteps(
      learnFromBags(bags, corpus.vocabulary),
      signal,
    );
    const places = new WeakMap<Document, Float32Array | null>();
    await runInSteps(
      placeAll(model, documents, corpus, places),
      signal,
    );
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
    const places: (readonly [key: string, place: Float32Array])[] = [];
    for (const document of documents) {
      const place = placeOf(model, document, corpus, this.#places);
      if (place !== null) places.push([document.key, place]);
    }
    const drawn = draw(
      question,
      nearest(places, question, NEAREST),
      new Map(places),
    );
    return nearest(places, drawn, most);
  }
}

function* placeAll(
  model: LatentModel,
  documents: readonly Document[],
  corpus: Corpus,
  places: WeakMap<Document, Float32Array | null>,
): Steps<void> {
  for (const [index, document] of documents.entries()) {
    if (index % DOCUMENTS_PER_STEP === 0) yield;
    placeOf(model, document, corpus, places);
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
    const [part, other] of [
      [1, bag],
      ...beside.map((each) => [BESIDE, each.bag] as const),
    ] as const
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
function draw(
  question: Float32Array,
  nearestTexts: readonly RankedKey[],
  places: ReadonlyMap<string, Float32Array>,
): Float32Array {
  const center = new Float32Array(question.length);
  for (const { key, score } of nearestTexts) {
    places.get(key)?.forEach((value, d) => center[d]! += score * value);
  }
  if (toUnitLength(center) === undefined) return question;
  const drawn = question.map((value, d) => (1 - PULL) * value + PULL * (center[d] ?? 0));
  return toUnitLength(drawn) ?? question;
}

/** Only what lies on the question's side is near at all. */
function nearest(
  places: readonly (readonly [key: string, place: Float32Array])[],
  question: Float32Array,
  most: number,
): readonly RankedKey[] {
  const entries: RankedKey[] = [];
  for (const [key, place] of places) {
    const score = dot(place, question);
    if (score > 0) entries.push({ key, score });
  }
  return best(entries, most);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] ?? 0) * (b[d] ?? 0);
  return sum;
}
