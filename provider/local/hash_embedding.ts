// SPDX-License-Identifier: Apache-2.0

import { keywords, stem } from "./_words.ts";

/** How long the vectors of {@linkcode hashEmbedding} are. */
export const HASH_DIMENSIONS = 256;

const TRIGRAM_WEIGHT = 0.4;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Of so many words it is known what they are hashed to. */
const MAX_KNOWN_WORDS = 2048;

/** What words are hashed to: their stem first, then its trigrams. The words of people repeat. */
const knownWords = new Map<string, readonly number[]>();

/** A stem or a trigram in a text. */
interface Feature {
  readonly weight: number;
  count: number;
}

/**
 * Turns a text into 256 numbers of length 1 together, without any model.
 *
 * Each word, cut to its stem, and each run of three letters in it is hashed to a place and a sign. Texts
 * that share words, or words that are spelt alike, are near each other. It knows nothing of meaning:
 * "car" and "automobile" are strangers to it. The same text always gives the same vector.
 *
 * @example Usage
 * ```ts
 * import { hashEmbedding } from "@sigil/provider/local";
 * import { assert } from "@std/assert";
 *
 * const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
 * const asked = hashEmbedding("trains to Berlin");
 * assert(
 *   dot(asked, hashEmbedding("the Berlin train leaves at nine")) >
 *     dot(asked, hashEmbedding("a recipe for apple cake")),
 * );
 * ```
 */
export function hashEmbedding(text: string): Float32Array {
  const vector = new Float32Array(HASH_DIMENSIONS);
  for (const [hash, { weight, count }] of features(text)) {
    const sign = hash >>> 31 === 0 ? 1 : -1;
    const place = hash % HASH_DIMENSIONS;
    vector[place] = (vector[place] ?? 0) + sign * weight * (1 + Math.log(count));
  }
  return normalize(vector);
}

/** Counts the stems and trigrams of a text by their hash; the tenth time a word counts little. */
function features(text: string): ReadonlyMap<number, Feature> {
  const found = new Map<number, Feature>();
  const add = (hash: number, weight: number) => {
    const feature = found.get(hash);
    if (feature === undefined) found.set(hash, { weight, count: 1 });
    else feature.count++;
  };
  for (const word of keywords(text)) {
    hashesOf(word).forEach((hash, index) => add(hash, index === 0 ? 1 : TRIGRAM_WEIGHT));
  }
  if (found.size === 0) add(fnv1a(`x${text}`), 1);
  return found;
}

function hashesOf(word: string): readonly number[] {
  const known = knownWords.get(word);
  if (known !== undefined) return known;
  const root = stem(word);
  const hashes = [fnv1a(`w${root}`), ...trigrams(` ${root} `).map((it) => fnv1a(`t${it}`))];
  if (knownWords.size === MAX_KNOWN_WORDS) knownWords.clear();
  knownWords.set(word, hashes);
  return hashes;
}

function trigrams(word: string): readonly string[] {
  const letters = [...word];
  return letters.slice(2).map((_, i) => letters.slice(i, i + 3).join(""));
}

/** FNV-1a over UTF-16 units, with a last mix so that all bits depend on all of the text. */
function fnv1a(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Signs may cancel out: then any one vector is as good as another. */
function normalize(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const x of vector) sum += x * x;
  const length = Math.sqrt(sum);
  if (length === 0) {
    vector[0] = 1;
    return vector;
  }
  for (let place = 0; place < vector.length; place++) vector[place] = (vector[place] ?? 0) / length;
  return vector;
}
