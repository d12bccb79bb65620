// SPDX-License-Identifier: Apache-2.0

import { keywords, stem } from "./_words.ts";

/** How long the vectors of {@linkcode hashEmbedding} are. */
export const HASH_DIMENSIONS = 256;

const TRIGRAM_WEIGHT = 0.4;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

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
  for (const [feature, weight] of features(text)) {
    const hash = fnv1a(feature);
    const sign = hash >>> 31 === 0 ? 1 : -1;
    const place = hash % HASH_DIMENSIONS;
    vector[place] = (vector[place] ?? 0) + sign * weight;
  }
  return normalize(vector);
}

/** Counts the stems and trigrams of a text; the tenth time a word counts little. */
function features(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (feature: string) => counts.set(feature, (counts.get(feature) ?? 0) + 1);
  for (const word of keywords(text)) {
    const root = stem(word);
    add(`w${root}`);
    for (const trigram of trigrams(` ${root} `)) add(`t${trigram}`);
  }
  if (counts.size === 0) add(`x${text}`);
  return new Map([...counts].map(([feature, count]) => [
    feature,
    (feature.startsWith("t") ? TRIGRAM_WEIGHT : 1) * (1 + Math.log(count)),
  ]));
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
  const length = Math.hypot(...vector);
  if (length === 0) {
    vector[0] = 1;
    return vector;
  }
  return vector.map((x) => x / length);
}
