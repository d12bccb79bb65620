// SPDX-License-Identifier: Apache-2.0

import { cosineSimilarity } from "../../../_vectors.ts";

/** Compares a query with the vectors in some slots, as a store does with those on disk. */
export function exactScores(
  vectors: readonly Float32Array[],
  query: Float32Array,
  slots: readonly number[],
): readonly { readonly slot: number; readonly score: number }[] {
  return slots.map((slot) => ({ slot, score: cosineSimilarity(query, vectors[slot] ?? query) }));
}
