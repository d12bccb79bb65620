// SPDX-License-Identifier: Apache-2.0

import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { dominantSubspace, type SparseRows } from "./_dominant_subspace.ts";
import { runInSteps } from "./_steps.ts";

Deno.test("dominantSubspace() finds the directions with the most weight", async () => {
  const rows = toRows([[0, 5, 0, 0], [3, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0.5]]);
  const basis = await runInSteps(dominantSubspace(rows, 2, 30));
  // Of each of the first two directions, all lies in the subspace; of the others, nothing.
  for (const [column, length] of [1, 1, 0, 0].entries()) {
    const [x = 0, y = 0] = basis.subarray(2 * column, 2 * column + 2);
    assertAlmostEquals(Math.hypot(x, y), length, 1e-6);
  }
});

Deno.test("dominantSubspace() gives orthonormal directions, or zeros where there are none", async () => {
  const matrix = fc.array(
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 }),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(fc.asyncProperty(matrix, fc.integer({ min: 1, max: 6 }), async (values, size) => {
    const basis = await runInSteps(dominantSubspace(toRows(values), size, 3));
    assertEquals(basis.length, 6 * size);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < a; b++) assertAlmostEquals(product(basis, size, a, b), 0, 1e-4);
      const length = product(basis, size, a, a);
      assertAlmostEquals(length, length > 0.5 ? 1 : 0, 1e-4);
    }
  }));
});

function product(basis: Float64Array, size: number, a: number, b: number): number {
  let sum = 0;
  for (let at = 0; at < basis.length; at += size) {
    sum += (basis[at + a] ?? 0) * (basis[at + b] ?? 0);
  }
  return sum;
}

function toRows(values: readonly (readonly number[])[]): SparseRows {
  const starts = [0];
  const columns: number[] = [];
  const weights: number[] = [];
  for (const row of values) {
    for (const [column, weight] of row.entries()) {
      if (weight === 0) continue;
      columns.push(column);
      weights.push(weight);
    }
    starts.push(columns.length);
  }
  return {
    starts: Uint32Array.from(starts),
    columns: Uint32Array.from(columns),
    weights: Float32Array.from(weights),
    width: values[0]?.length ?? 0,
  };
}
