// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertFalse, assertLess } from "@std/assert";
import type { Candidates } from "./code_index.ts";
import { findNearest, type NearestOptions } from "./nearest.ts";

/** Candidates 0, 1, 2, … with these scores by code. */
function candidates(...scores: number[]): Candidates {
  return { slots: Int32Array.from(scores.keys()), scores: Float64Array.from(scores) };
}

function options(exact: readonly (number | undefined)[], more: Partial<NearestOptions> = {}) {
  const compared: number[] = [];
  const exactScores = (slots: readonly number[]) => {
    compared.push(...slots);
    return slots.flatMap((slot) => {
      const score = exact[slot];
      return score === undefined ? [] : [{ slot, score }];
    });
  };
  const given = { k: 2, margin: 0.01, always: [], isComplete: false, exactScores, ...more };
  return { compared, given };
}

Deno.test("findNearest() compares until the next candidate is too far behind", () => {
  const { given, compared } = options([0.9, 0.8, 0.79, 0.7, 0.6]);
  const { slots, isSettled } = findNearest(candidates(0.895, 0.805, 0.791, 0.7, 0.6), given);
  assertEquals(slots.map(({ slot }) => slot), [0, 1]);
  assertEquals(compared, [0, 1, 2]);
  assertEquals(isSettled, true);
});

Deno.test("findNearest() puts right an order that codes got wrong", () => {
  const { given } = options([0.79, 0.8, 0.805, 0.5]);
  const { slots } = findNearest(candidates(0.8, 0.799, 0.798, 0.5), given);
  assertEquals(slots, [{ slot: 1, score: 0.8 }, { slot: 2, score: 0.805 }]);
});

Deno.test("findNearest() gives all that tie with the last", () => {
  const { given } = options([0.9, 0.8, 0.8, 0.8, 0.1]);
  const { slots } = findNearest(candidates(0.9, 0.8, 0.8, 0.8, 0.1), given);
  assertEquals(slots.map(({ slot }) => slot), [0, 1, 2, 3]);
});

Deno.test("findNearest() is not settled when candidates run out too early", () => {
  const { given } = options([0.9, 0.8, 0.795]);
  assertFalse(findNearest(candidates(0.9, 0.8, 0.795), given).isSettled);
  const complete = options([0.9, 0.8, 0.795], { isComplete: true });
  assertEquals(findNearest(candidates(0.9, 0.8, 0.795), complete.given).isSettled, true);
});

Deno.test("findNearest() always compares the coarse ones, and each row once", () => {
  const { given, compared } = options([0.2, 0.5, 0.9], { always: [2, 0] });
  const { slots } = findNearest(candidates(0.5, 0.49, 0.1), given);
  assertEquals(compared, [2, 0, 1]);
  assertEquals(slots.map(({ slot }) => slot), [2, 1]);
});

Deno.test("findNearest() passes over rows that are gone, and gives fewer when there are fewer", () => {
  const { given } = options([undefined, 0.5], { k: 3, isComplete: true });
  const { slots } = findNearest(candidates(0.9, 0.5), given);
  assertEquals(slots, [{ slot: 1, score: 0.5 }]);
});

Deno.test("findNearest() compares few when scores lie far apart, whatever k", () => {
  const scores = Array.from({ length: 5000 }, (_, index) => 1 - index / 5000);
  const { given, compared } = options(scores, { k: 1000, margin: 0.001 });
  assertEquals(findNearest(candidates(...scores), given).slots.length, 1000);
  assertLess(compared.length, 1010);
});
