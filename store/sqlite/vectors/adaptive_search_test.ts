// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertFalse, assertGreater, assertLess } from "@std/assert";
import { AdaptiveSearch } from "./adaptive_search.ts";
import { CodeIndex } from "./code_index.ts";
import { runAtOnce } from "./run_in_steps.ts";
import { searchCodes } from "./search_codes.ts";
import { exactScores } from "./testdata/exact_scores.ts";
import { normalVector, uniform } from "./testdata/random_vectors.ts";

const DIMENSIONS = 64;
const COUNT = 10_000;

/** Vectors around some centers, the nearer the less they spread. */
function clusters(spread: number): () => Float32Array {
  const random = normalVector(1);
  const choose = uniform(2);
  const centers = Array.from({ length: 200 }, () => random(DIMENSIONS));
  return () => {
    const change = random(DIMENSIONS);
    const center = centers[Math.floor(choose() * centers.length)] ?? change;
    return center.map((value, index) => value + spread * (change[index] ?? 0));
  };
}

function indexOf(make: () => Float32Array) {
  const index = new CodeIndex(DIMENSIONS, true);
  const vectors = Array.from({ length: COUNT }, make);
  vectors.forEach((vector, slot) => index.put(slot, vector));
  const queryFor = (embedding: Float32Array, k = 5) => ({
    embedding,
    k,
    mask: undefined,
    stepBytes: 1e9,
    exactScores: (slots: readonly number[]) => exactScores(vectors, embedding, slots),
  });
  return { index, queryFor };
}

Deno.test("AdaptiveSearch trusts sketches where they find the nearest, after 32 checks", () => {
  const make = clusters(0.3);
  const { index, queryFor } = indexOf(make);
  const searcher = new AdaptiveSearch();
  let found = 0;
  for (let search = 0; search < 100; search++) {
    assertEquals(searcher.trustsSketches, search >= 32);
    const query = queryFor(make());
    const slots = new Set(runAtOnce(searcher.search(index, query)).map(({ slot }) => slot));
    const nearest = runAtOnce(searchCodes(index, query));
    const right = nearest.filter(({ slot }) => slots.has(slot)).length;
    if (search < 32) assertEquals(right, nearest.length);
    found += right / nearest.length;
  }
  assertGreater(found, 97);
});

Deno.test("AdaptiveSearch answers by codes where sketches miss the nearest", () => {
  const random = normalVector(3);
  const make = () => random(DIMENSIONS);
  const { index, queryFor } = indexOf(make);
  const searcher = new AdaptiveSearch();
  for (let search = 0; search < 80; search++) {
    const query = queryFor(make());
    assertEquals(runAtOnce(searcher.search(index, query)), runAtOnce(searchCodes(index, query)));
    assertFalse(searcher.trustsSketches);
  }
});

Deno.test("AdaptiveSearch gives sketches up when queries change, and takes them up again", () => {
  const make = clusters(0.3);
  const random = normalVector(4);
  const { index, queryFor } = indexOf(make);
  const searcher = new AdaptiveSearch();
  const searchUntil = (trusts: boolean, next: () => Float32Array) => {
    let searches = 0;
    while (searcher.trustsSketches !== trusts && searches < 5000) {
      runAtOnce(searcher.search(index, queryFor(next())));
      searches++;
    }
    return searches;
  };
  assertEquals(searchUntil(true, make), 32);
  assertLess(searchUntil(false, () => random(DIMENSIONS)), 1000);
  assertLess(searchUntil(true, make), 2000);
});

Deno.test("AdaptiveSearch leaves small collections and large answers to codes", () => {
  const make = clusters(0.3);
  const { index, queryFor } = indexOf(make);
  const searcher = new AdaptiveSearch();
  index.remove(0);
  for (let search = 0; search < 40; search++) runAtOnce(searcher.search(index, queryFor(make())));
  assertFalse(searcher.trustsSketches);
  index.put(0, make());
  for (let search = 0; search < 40; search++) {
    const query = queryFor(make(), 1001);
    assert(runAtOnce(searcher.search(index, query)).length >= 1001);
  }
  assertFalse(searcher.trustsSketches);
});
