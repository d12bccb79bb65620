// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertFalse, assertLess } from "@std/assert";
import fc from "fast-check";
import { cosineSimilarity } from "../../_vectors.ts";
import { CHUNK_ROWS, CodeIndex } from "./code_index.ts";
import { CodeScan } from "./code_scan.ts";
import { SlotSet } from "./slot_set.ts";
import { normalVector } from "./testdata/random_vectors.ts";

/** Scans everything and gives each found slot with its score by code. */
function scoresOf(index: CodeIndex, query: Float32Array, capacity = 1000, mask?: SlotSet) {
  const scan = new CodeScan(index, index.encodeQuery(query), "codes", capacity, mask);
  while (!scan.step(1));
  const { slots, scores } = scan.candidates(capacity);
  return [...slots].map((slot, place) => ({ slot, score: scores[place] ?? NaN }));
}

Deno.test("CodeIndex scores within the margin it states", () => {
  const length = fc.constantFrom(1, 2, 3, 17, 64, 100, 768, 1000);
  fc.assert(
    fc.property(
      length,
      fc.integer(),
      fc.constantFrom("normal", "spiky"),
      (dimensions, seed, kind) => {
        const random = normalVector(seed);
        const make = () => {
          const vector = random(dimensions);
          // One component far above all others is what a rotation has to spread.
          if (kind === "spiky") vector[(seed & 7) % dimensions] = 1000;
          return vector;
        };
        const index = new CodeIndex(dimensions);
        const vectors = Array.from({ length: 40 }, make);
        vectors.forEach((vector, slot) => index.put(slot, vector));
        const query = make();
        const { margin } = index.encodeQuery(query);
        assertLess(margin, 0.1);
        for (const { slot, score } of scoresOf(index, query)) {
          if (index.coarse.has(slot)) continue;
          const exact = cosineSimilarity(query, vectors[slot] ?? query);
          assert(Math.abs(score - exact) <= margin, `${score} is not within ${margin} of ${exact}`);
        }
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("CodeIndex gives the best, the best first, for any number wanted", () => {
  const random = normalVector(1);
  const index = new CodeIndex(48);
  for (let slot = 0; slot < 700; slot++) index.put(slot, random(48));
  const query = random(48);
  const all = scoresOf(index, query);
  assertEquals(all.length, 700);
  assertEquals(all, all.toSorted((a, b) => b.score - a.score || a.slot - b.slot));
  for (const capacity of [1, 2, 7, 64, 699, 700]) {
    assertEquals(scoresOf(index, query, capacity), all.slice(0, capacity));
  }
});

Deno.test("CodeIndex scans the rows of a mask only, few or many", () => {
  const random = normalVector(2);
  const index = new CodeIndex(20);
  for (let slot = 0; slot < 1000; slot++) index.put(slot, random(20));
  const query = random(20);
  const all = scoresOf(index, query);
  for (const every of [1, 2, 3, 5, 64, 333, 999, 5000]) {
    const mask = new SlotSet();
    for (let slot = 0; slot < 1000; slot += every) mask.add(slot);
    const expected = all.filter(({ slot }) => slot % every === 0);
    assertEquals(scoresOf(index, query, 1000, mask), expected);
  }
});

Deno.test("CodeIndex forgets what was removed, and takes the slot again", () => {
  const index = new CodeIndex(2);
  index.put(0, new Float32Array([1, 0]));
  index.put(300, new Float32Array([0, 1]));
  index.remove(0);
  index.remove(0);
  index.remove(99_999);
  assertEquals(index.size, 1);
  assertFalse(index.has(0));
  assertEquals(scoresOf(index, new Float32Array([1, 0])).map(({ slot }) => slot), [300]);
  index.put(0, new Float32Array([-1, 0]));
  index.put(0, new Float32Array([1, 0]));
  assertEquals(index.size, 2);
  assertEquals([...index.slots()], [0, 300]);
  assertEquals(scoresOf(index, new Float32Array([1, 0]))[0]?.slot, 0);
});

Deno.test("CodeIndex marks what does not fit its range as coarse, until it is replaced", () => {
  const index = new CodeIndex(64);
  const misfit = findMisfit(64);
  index.put(5, misfit);
  assertEquals([...index.coarse], [5]);
  const other = new CodeIndex(64);
  assert(other.importChunk(0, index.exportChunk(0)));
  assertEquals([...other.coarse], [5]);
  index.put(5, new Float32Array(64).fill(1));
  assertEquals([...index.coarse], []);
  other.remove(5);
  assertEquals([...other.coarse], []);
});

/** Looks for a vector that the rotation turns almost into an axis, by climbing. */
function findMisfit(dimensions: number): Float32Array {
  const index = new CodeIndex(dimensions);
  const random = normalVector(3);
  let best = random(dimensions);
  let reach = 0;
  for (let step = 0; step < 20_000 && reach < 0.9; step++) {
    const change = random(dimensions);
    const next = best.map((value, place) => value + (change[place] ?? 0) * 0.1);
    const { unit, margin } = index.encodeQuery(next);
    assert(margin > 0);
    if (unit > reach) [reach, best] = [unit, next];
  }
  return best;
}

Deno.test("CodeIndex finds by sketches what shares most signs, and ranks it by codes", () => {
  const random = normalVector(5);
  const index = new CodeIndex(200, true);
  const vectors = Array.from({ length: 600 }, () => random(200));
  vectors.forEach((vector, slot) => index.put(slot, vector));
  const copy = new CodeIndex(200, true);
  for (const chunk of [0, 1, 2]) assert(copy.importChunk(chunk, index.exportChunk(chunk)));
  for (const slot of [0, 300, 599]) {
    const query = (vectors[slot] ?? random(200)).map((value) => value + 0.1);
    const byCode = scoresOf(index, query);
    for (const held of [index, copy]) {
      const scan = new CodeScan(held, held.encodeQuery(query), "sketches", 20, undefined);
      while (!scan.step(1));
      const { slots, scores } = scan.candidates(5);
      assertEquals(slots[0], slot);
      assertEquals(slots.length, 5);
      slots.forEach((found, place) => {
        assertEquals(scores[place], byCode.find((row) => row.slot === found)?.score);
      });
      assertEquals([...scores], [...scores].sort((a, b) => b - a));
    }
  }
});

Deno.test("CodeIndex gives chunks that another takes", () => {
  const random = normalVector(4);
  const index = new CodeIndex(33);
  for (let slot = 0; slot < CHUNK_ROWS + 10; slot++) index.put(slot, random(33));
  index.remove(CHUNK_ROWS + 9);
  const copy = new CodeIndex(33);
  for (const chunk of [1, 0]) assert(copy.importChunk(chunk, index.exportChunk(chunk)));
  const query = random(33);
  assertEquals(copy.size, CHUNK_ROWS + 9);
  assertEquals(scoresOf(copy, query), scoresOf(index, query));
  assert(copy.importChunk(0, new Uint8Array(64)));
  assertEquals(copy.size, 9);
  for (const bytes of [0, 63, 65, 64 + 64 * 257]) {
    assertFalse(copy.importChunk(0, new Uint8Array(bytes)));
  }
});
