// SPDX-License-Identifier: Apache-2.0

/** The tables that the kernel rotates by: the same for every collection of one length. */
export interface Rotation {
  /** How often signs are flipped, values mixed and places changed. */
  readonly rounds: number;
  /** For each round, a factor 1 or -1 for each value. */
  readonly signs: Float32Array;
  /** For each round, where each value comes from. */
  readonly places: Int32Array;
  /** For each value, a number from -0.5 to 0.5 to add before it is rounded. */
  readonly dither: Float32Array;
}

const ROUNDS = 2;

/**
 * Makes the tables of a random but fixed rotation.
 *
 * Rotating keeps every angle and spreads any vector evenly over its components: they are then all
 * near `1 / sqrt(dimensions)`, so one fixed range suits every vector, and nothing has to be learned
 * from the data that could later drift away from it.
 *
 * Vectors of one kind, such as those with few components that are not zero, would still all be rounded
 * the same way. The dither makes each error of rounding independent of the vector.
 */
export function createRotation(dimensions: number): Rotation {
  const random = createRandom(dimensions);
  const signs = new Float32Array(ROUNDS * dimensions);
  const places = new Int32Array(ROUNDS * dimensions);
  for (let round = 0; round < ROUNDS; round++) {
    const start = round * dimensions;
    for (let i = 0; i < dimensions; i++) signs[start + i] = random() < 0.5 ? -1 : 1;
    shuffle(places.subarray(start, start + dimensions), random);
  }
  const dither = Float32Array.from({ length: dimensions }, () => random() - 0.5);
  return { rounds: ROUNDS, signs, places, dither };
}

/** Fills a list with 0, 1, 2, … in random order. */
function shuffle(places: Int32Array, random: () => number): void {
  for (let i = 0; i < places.length; i++) {
    const other = Math.floor(random() * (i + 1));
    places[i] = places[other] ?? 0;
    places[other] = i;
  }
}

/** Numbers from 0 to 1 by the xorshift generator of 32 bits: the same on every machine, for ever. */
function createRandom(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
