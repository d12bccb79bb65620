// SPDX-License-Identifier: Apache-2.0

import { type Bag, queryTerms, Vocabulary } from "./_bag.ts";
import { dominantSubspace, type SparseRows } from "./_dominant_subspace.ts";
import { decodeLatentModel, encodeLatentModel } from "./_latent_model_file.ts";
import { runInSteps, type Steps } from "./_steps.ts";

/** How a {@linkcode LatentModel} is learned. */
export interface LearnOptions {
  /**
   * How many numbers an embedding has, at most. Few texts get fewer: one for eight texts, and not
   * less than 16.
   *
   * @default {128}
   */
  readonly dimensions?: number | undefined;
  /**
   * How many texts are learned from. Of more, a sample is taken that is spread evenly over all.
   *
   * @default {20000}
   */
  readonly maxTexts?: number | undefined;
  /**
   * How many words are learned, the most frequent first.
   *
   * @default {20000}
   */
  readonly maxTerms?: number | undefined;
  /** Gives up learning when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** What a {@linkcode LatentModel} consists of. */
export interface LatentModelParts {
  /** How many numbers an embedding has. */
  readonly dimensions: number;
  /** How many texts it was learned from, those left out of the sample included. */
  readonly learnedFrom: number;
  /** The stems that it knows. */
  readonly terms: readonly string[];
  /** What each stem weighs: the rarer, the more. */
  readonly weights: Float32Array;
  /** `dimensions` numbers for each stem. */
  readonly projection: Float32Array;
}

const DEFAULT_DIMENSIONS = 128;
const LEAST_DIMENSIONS = 16;
const TEXTS_PER_DIMENSION = 8;
const DEFAULT_MAX_TEXTS = 20_000;
const DEFAULT_MAX_TERMS = 20_000;
/** A word of one text alone relates it to no other. */
const LEAST_TEXTS_OF_TERM = 2;
const ROUNDS = 4;
const BAGS_PER_STEP = 1024;

/**
 * An embedding learned from a workspace's own texts, without any model from elsewhere: latent semantic
 * analysis, called `lsa` wherever it is named.
 *
 * Words that occur in the same texts come to lie near each other, so a text is found by words that it
 * does not hold. It knows nothing but these texts: it is no neural model, and no substitute for one.
 *
 * @example Usage
 * ```ts
 * import { LatentModel } from "@sigil/store/recall";
 *
 * const texts = ["the boiler heats the water", "hot water from the boiler", "a walk in the hills"];
 * const model = await LatentModel.learn(texts);
 * const vector = model.embed("hot boiler");
 * ```
 */
export class LatentModel {
  /** How many numbers an embedding has. */
  readonly dimensions: number;
  /** How many texts it was learned from. */
  readonly learnedFrom: number;
  readonly #parts: LatentModelParts;
  readonly #rows: ReadonlyMap<string, number>;

  /** Puts a model together; see {@linkcode LatentModel.learn} and {@linkcode LatentModel.decode}. */
  constructor(parts: LatentModelParts) {
    this.dimensions = parts.dimensions;
    this.learnedFrom = parts.learnedFrom;
    this.#parts = parts;
    this.#rows = new Map(parts.terms.map((term, row) => [term, row]));
  }

  /**
   * Learns a model, with pauses for other work. The same texts always give the same model.
   *
   * Takes well under a second for a thousand abstracts, some seconds for tens of thousands of messages.
   */
  static async learn(texts: readonly string[], options: LearnOptions = {}): Promise<LatentModel> {
    const vocabulary = new Vocabulary();
    return await runInSteps(learnFromTexts(texts, vocabulary, options), options.signal);
  }

  /** Reads what {@linkcode LatentModel.encode} wrote. Gives undefined for anything else. */
  static decode(bytes: Uint8Array): LatentModel | undefined {
    const parts = decodeLatentModel(bytes);
    return parts && new LatentModel(parts);
  }

  /** Writes the model as bytes that carry their version and a checksum. */
  encode(): Uint8Array<ArrayBuffer> {
    return encodeLatentModel(this.#parts);
  }

  /** Gives the embedding of a text, of length 1. Undefined when it holds no word that is known. */
  embed(text: string): Float32Array | undefined {
    return this.embedStems(queryTerms(text, Infinity));
  }

  /** Gives the embedding of a text as stems, each with how often it occurs; see {@linkcode LatentModel.embed}. */
  embedStems(stems: Iterable<readonly [stem: string, count: number]>): Float32Array | undefined {
    const { dimensions } = this;
    const { weights, projection } = this.#parts;
    const embedding = new Float32Array(dimensions);
    for (const [stem, count] of stems) {
      const row = this.#rows.get(stem);
      if (row === undefined) continue;
      const weight = Math.log1p(count) * (weights[row] ?? 0);
      for (let d = 0; d < dimensions; d++) {
        embedding[d]! += weight * projection[row * dimensions + d]!;
      }
    }
    return toUnitLength(embedding);
  }
}

/** Learns a model from texts that have been read already. */
export function* learnFromBags(
  bags: readonly Bag[],
  vocabulary: Vocabulary,
  options: LearnOptions = {},
): Steps<LatentModel> {
  const sample = sampleOf(bags, options.maxTexts ?? DEFAULT_MAX_TEXTS);
  const frequencies = yield* documentFrequencies(sample, vocabulary.size);
  const known = chooseTerms(frequencies, sample.length, options.maxTerms ?? DEFAULT_MAX_TERMS);
  const weights = Float32Array.from(
    known,
    (term) => Math.log(sample.length / (frequencies[term] ?? 1)),
  );
  const dimensions = Math.min(
    options.dimensions ?? DEFAULT_DIMENSIONS,
    Math.max(LEAST_DIMENSIONS, Math.floor(sample.length / TEXTS_PER_DIMENSION)),
  );
  const rows = yield* toRows(sample, known, weights, vocabulary.size);
  const basis = yield* dominantSubspace(rows, dimensions, ROUNDS);
  return new LatentModel({
    dimensions,
    learnedFrom: bags.length,
    terms: Array.from(known, (term) => vocabulary.termAt(term)),
    weights,
    projection: new Float32Array(basis),
  });
}

function* learnFromTexts(
  texts: readonly string[],
  vocabulary: Vocabulary,
  options: LearnOptions,
): Steps<LatentModel> {
  const bags: Bag[] = [];
  for (const text of texts) {
    bags.push(vocabulary.read(text));
    yield;
  }
  return yield* learnFromBags(bags, vocabulary, options);
}

function sampleOf(bags: readonly Bag[], most: number): readonly Bag[] {
  if (bags.length <= most) return bags;
  const stride = bags.length / most;
  return Array.from(
    { length: most },
    (_, index) => bags[Math.floor(index * stride)],
  )
    .filter((bag) => bag !== undefined);
}

function* documentFrequencies(bags: readonly Bag[], terms: number): Steps<Uint32Array> {
  const frequencies = new Uint32Array(terms);
  for (const [index, bag] of bags.entries()) {
    if (index % BAGS_PER_STEP === 0) yield;
    for (const term of bag.terms) frequencies[term]! += 1;
  }
  return frequencies;
}

/** Words of all texts weigh nothing, and words of one text teach nothing. */
function chooseTerms(frequencies: Uint32Array, texts: number, most: number): Uint32Array {
  const useful: number[] = [];
  for (const [term, frequency] of frequencies.entries()) {
    if (frequency >= LEAST_TEXTS_OF_TERM && frequency < texts) {
      useful.push(term);
    }
  }
  if (useful.length <= most) return Uint32Array.from(useful);
  useful.sort((a, b) => (frequencies[b] ?? 0) - (frequencies[a] ?? 0) || a - b);
  return Uint32Array.from(useful.slice(0, most)).sort();
}

/** Writes each text as a row of unit length, of its terms' frequency and weight. */
function* toRows(
  bags: readonly Bag[],
  known: Uint32Array,
  termWeights: Float32Array,
  vocabularySize: number,
): Steps<SparseRows> {
  const columnOf = new Int32Array(vocabularySize).fill(-1);
  known.forEach((term, column) => columnOf[term] = column);
  const starts = new Uint32Array(bags.length + 1);
  const columns = new Uint32Array(bags.reduce((sum, { terms }) => sum + terms.length, 0));
  const weights = new Float32Array(columns.length);
  let end = 0;
  for (const [index, bag] of bags.entries()) {
    if (index % BAGS_PER_STEP === 0) yield;
    const start = end;
    for (const [at, term] of bag.terms.entries()) {
      const column = columnOf[term] ?? -1;
      if (column < 0) continue;
      columns[end] = column;
      weights[end] = Math.log1p(bag.counts[at] ?? 0) *
        (termWeights[column] ?? 0);
      end++;
    }
    toUnitLength(weights.subarray(start, end));
    starts[index + 1] = end;
  }
  return { starts, columns, weights, width: known.length };
}

/** Scales in place. Gives undefined when there is nothing to scale. */
export function toUnitLength(vector: Float32Array): Float32Array | undefined {
  let square = 0;
  for (const value of vector) square += value * value;
  if (square === 0) return undefined;
  const scale = 1 / Math.sqrt(square);
  for (let d = 0; d < vector.length; d++) vector[d]! *= scale;
  return vector;
}
