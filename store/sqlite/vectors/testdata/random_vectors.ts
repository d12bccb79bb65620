// SPDX-License-Identifier: Apache-2.0

/** Gives a maker of vectors with normally distributed components, the same ones for the same seed. */
export function normalVector(seed: number): (dimensions: number) => Float32Array {
  const random = uniform(seed);
  const normal = () => {
    const length = Math.sqrt(-2 * Math.log(1 - random()));
    return length * Math.cos(2 * Math.PI * random());
  };
  return (dimensions) => Float32Array.from({ length: dimensions }, normal);
}

/** Gives numbers from 0 to 1, by the generator mulberry32. */
export function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
