// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "../logger.ts";
import type { Vocabulary } from "./_bag.ts";
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
const DOCUMENTS_PER_STEP = 256;

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
    const bags = documents.map(({ bag }) => bag);
    const model = await runInSteps(learnFromBags(bags, corpus.vocabulary), signal);
    const places = new WeakMap<Document, Float32Array | null>();
    await runInSteps(placeAll(model, documents, corpus.vocabulary, places), signal);
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
      const place = placeOf(model, document, corpus.vocabulary, this.#places);
      if (place !== null) places.push([document.key, place]);
    }
    const drawn = draw(question, nearest(places, question, NEAREST), new Map(places));
    return nearest(places, drawn, most);
  }
}

function* placeAll(
  model: LatentModel,
  documents: readonly Document[],
  vocabulary: Vocabulary,
  places: WeakMap<Document, Float32Array | null>,
): Steps<void> {
  for (const [index, document] of documents.entries()) {
    if (index % DOCUMENTS_PER_STEP === 0) yield;
    placeOf(model, document, vocabulary, places);
  }
}

function placeOf(
  model: LatentModel,
  document: Document,
  vocabulary: Vocabulary,
  places: WeakMap<Document, Float32Array | null>,
): Float32Array | null {
  let place = places.get(document);
  if (place === undefined) {
    place = model.embedStems(vocabulary.stemsOf(document.bag)) ?? null;
    places.set(document, place);
  }
  return place;
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
