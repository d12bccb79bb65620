// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "./_steps.ts";

/** A matrix that is mostly zeros, row by row. */
export interface SparseRows {
  /** Where each row begins in `columns` and `weights`; one more at the end. */
  readonly starts: Uint32Array;
  /** The column of each number. */
  readonly columns: Uint32Array;
  /** The numbers that are not zero. */
  readonly weights: Float32Array;
  /** How many columns there are. */
  readonly width: number;
}

const ROWS_PER_STEP = 256;
/** A direction so much weaker than the strongest is only what rounding left. */
const NEGLIGIBLE = 1e-10;

/**
 * Finds the directions along which the rows of a matrix spread the most: its right singular vectors,
 * up to a rotation among themselves, which leaves every cosine as it is.
 *
 * Begins with random directions and multiplies them by the matrix and its transpose again and again;
 * after each round they are made orthonormal. The same matrix always gives the same answer.
 *
 * @returns `width` rows of `dimensions` numbers. Where the matrix has fewer directions, the rest is 0.
 */
export function* dominantSubspace(
  rows: SparseRows,
  dimensions: number,
  rounds: number,
): Steps<Float64Array> {
  let basis = randomDirections(rows.width * dimensions);
  yield* orthonormalize(basis, dimensions);
  for (let round = 0; round < rounds; round++) {
    basis = yield* multiplyTwice(rows, basis, dimensions);
    yield* orthonormalize(basis, dimensions);
  }
  return basis;
}

/** Numbers that look random and are the same each time (xorshift32). */
function randomDirections(length: number): Float64Array {
  const numbers = new Float64Array(length);
  let state = 0x9e3779b9;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    numbers[at] = state / 2 ** 31;
  }
  return numbers;
}

/** Multiplies by the matrix, then by its transpose, one row of the matrix after the other. */
function* multiplyTwice(
  { starts, columns, weights, width }: SparseRows,
  basis: Float64Array,
  dimensions: number,
): Steps<Float64Array> {
  const product = new Float64Array(width * dimensions);
  const row = new Float64Array(dimensions);
  for (let index = 0; index + 1 < starts.length; index++) {
    if (index % ROWS_PER_STEP === 0) yield;
    const start = starts[index] ?? 0;
    const end = starts[index + 1] ?? 0;
    row.fill(0);
    for (let at = start; at < end; at++) {
      const weight = weights[at] ?? 0;
      const from = (columns[at] ?? 0) * dimensions;
      for (let d = 0; d < dimensions; d++) row[d]! += weight * basis[from + d]!;
    }
    for (let at = start; at < end; at++) {
      const weight = weights[at] ?? 0;
      const to = (columns[at] ?? 0) * dimensions;
      for (let d = 0; d < dimensions; d++) product[to + d]! += weight * row[d]!;
    }
  }
  return product;
}

/** Makes the columns orthonormal by the Cholesky factor of their products with each other. */
function* orthonormalize(basis: Float64Array, dimensions: number): Steps<void> {
  const factor = choleskyFactor(
    yield* productsOfColumns(basis, dimensions),
    dimensions,
  );
  for (let start = 0; start < basis.length; start += dimensions) {
    if ((start / dimensions) % ROWS_PER_STEP === 0) yield;
    for (let column = 0; column < dimensions; column++) {
      const pivot = factor[column * dimensions + column]!;
      let value = basis[start + column]!;
      for (let d = 0; d < column; d++) {
        value -= factor[column * dimensions + d]! * basis[start + d]!;
      }
      basis[start + column] = pivot === 0 ? 0 : value / pivot;
    }
  }
}

/** Gives the lower half of the transpose times the matrix itself. */
function* productsOfColumns(basis: Float64Array, dimensions: number): Steps<Float64Array> {
  const products = new Float64Array(dimensions * dimensions);
  for (let start = 0; start < basis.length; start += dimensions) {
    if ((start / dimensions) % ROWS_PER_STEP === 0) yield;
    for (let row = 0; row < dimensions; row++) {
      const value = basis[start + row]!;
      if (value === 0) continue;
      const to = row * dimensions;
      for (let d = 0; d <= row; d++) {
        products[to + d]! += value * basis[start + d]!;
      }
    }
  }
  return products;
}

/** Factors in place. A column that depends on those before it gets a pivot of 0. */
function choleskyFactor(matrix: Float64Array, size: number): Float64Array {
  let strongest = 0;
  for (let d = 0; d < size; d++) {
    strongest = Math.max(strongest, matrix[d * size + d]!);
  }
  for (let column = 0; column < size; column++) {
    const from = column * size;
    let pivot = matrix[from + column]!;
    for (let d = 0; d < column; d++) pivot -= matrix[from + d]! ** 2;
    const root = pivot > strongest * NEGLIGIBLE ? Math.sqrt(pivot) : 0;
    matrix[from + column] = root;
    for (let row = column + 1; row < size; row++) {
      let value = matrix[row * size + column]!;
      for (let d = 0; d < column; d++) {
        value -= matrix[row * size + d]! * matrix[from + d]!;
      }
      matrix[row * size + column] = root === 0 ? 0 : value / root;
    }
  }
  return matrix;
}
