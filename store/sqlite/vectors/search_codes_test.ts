// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertGreater } from "@std/assert";
import { cosineSimilarity } from "../../_vectors.ts";
import { CHUNK_ROWS, CodeIndex } from "./code_index.ts";
import { runAtOnce } from "./run_in_steps.ts";
import { searchCodes } from "./search_codes.ts";
import { SlotSet } from "./slot_set.ts";
import { exactScores } from "./testdata/exact_scores.ts";
import { normalVector } from "./testdata/random_vectors.ts";

/** An index of vectors, a search in it, and how many were compared exactly. */
function indexOf(vectors: readonly Float32Array[]) {
  const index = new CodeIndex(vectors[0]?.length ?? 1);
  vectors.forEach((vector, slot) => index.put(slot, vector));
  const compared: number[] = [];
  const search = (embedding: Float32Array, k: number, mask?: SlotSet, stepBytes = 1e9) => {
    const compare = (slots: readonly number[]) => {
      compared.push(...slots);
      return exactScores(vectors, embedding, slots);
    };
    return searchCodes(index, { embedding, k, mask, exactScores: compare, stepBytes });
  };
  return { search, compared };
}

function expected(vectors: readonly Float32Array[], query: Float32Array, k: number) {
  return vectors.map((vector, slot) => ({ slot, score: cosineSimilarity(query, vector) }))
    .sort((a, b) => b.score - a.score).slice(0, k).sort((a, b) => a.slot - b.slot);
}

Deno.test("searchCodes() finds the very nearest and compares few exactly", () => {
  const random = normalVector(1);
  const vectors = Array.from({ length: 5000 }, () => random(96));
  const { search, compared } = indexOf(vectors);
  for (const k of [1, 10, 500]) {
    compared.length = 0;
    const query = random(96);
    const found = runAtOnce(search(query, k)).toSorted((a, b) => a.slot - b.slot);
    assertEquals(found, expected(vectors, query, k));
    assert(compared.length < 2 * k + 60, `${compared.length} were compared for ${k}`);
  }
});

Deno.test("searchCodes() finds the very nearest where thousands are almost the same", () => {
  const random = normalVector(2);
  const center = random(24);
  const vectors = Array.from({ length: 3000 }, () => {
    const change = random(24);
    return center.map((value, index) => value + (change[index] ?? 0) * 0.01);
  });
  const { search, compared } = indexOf(vectors);
  const found = runAtOnce(search(center, 5)).toSorted((a, b) => a.slot - b.slot);
  assertEquals(found, expected(vectors, center, 5));
  assertGreater(compared.length, 1000);
});

Deno.test("searchCodes() compares everything when more tie than it can rank, a mask included", () => {
  const same = new Float32Array([1, 2, 3]);
  const vectors = Array.from({ length: 33_000 }, () => same);
  vectors[32_999] = new Float32Array([1, 2, 1]);
  const { search } = indexOf(vectors);
  assertEquals(runAtOnce(search(same, 1)).length, 32_999);
  const mask = new SlotSet();
  for (const slot of [7, 32_999]) mask.add(slot);
  assertEquals(runAtOnce(search(same, 1, mask)), [{ slot: 7, score: 1 }]);
});

Deno.test("searchCodes() pauses as often as it is told, and several at once do not disturb each other", () => {
  const random = normalVector(3);
  const vectors = Array.from({ length: 2000 }, () => random(64));
  const { search } = indexOf(vectors);
  const queries = [random(64), random(64), random(64)];
  const searches = queries.map((query) => search(query, 10, undefined, 1));
  const results = new Map<number, unknown>();
  let rounds = 0;
  for (; results.size < searches.length; rounds++) {
    searches.forEach((steps, index) => {
      const step = steps.next();
      if (step.done && step.value !== undefined) results.set(index, step.value);
    });
  }
  assertEquals(rounds, Math.ceil(2000 / 256));
  queries.forEach((query, index) => {
    assertEquals(results.get(index), runAtOnce(search(query, 10)));
  });
});

Deno.test("searchCodes() makes steps that are alike, and none for a little that is left over", () => {
  const random = normalVector(4);
  const vectors = Array.from({ length: 8 * CHUNK_ROWS }, () => random(64));
  const { chunkBytes } = new CodeIndex(64);
  const { search } = indexOf(vectors);
  for (
    const [chunksPerStep, pauses] of [[8, 0], [7, 0], [5, 1], [3, 2], [1, 7], [100, 0]] as const
  ) {
    const steps = search(random(64), 1, undefined, chunksPerStep * chunkBytes);
    let paused = 0;
    while (!steps.next().done) paused++;
    assertEquals(paused, pauses);
  }
});
