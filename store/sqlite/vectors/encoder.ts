// SPDX-License-Identifier: Apache-2.0

import type { KernelMemory } from "./kernel_memory.ts";
import { createRotation } from "./rotation.ts";

/** Rows of whole cache lines are scanned fastest. */
const STRIDE_BYTES = 64;
/** A code is 64 for zero and goes 63 steps either way. */
const CODE_ZERO = 64;
const CODE_STEPS = 63;
const QUERY_STEPS = 127;
/** How far codes reach, in standard deviations of a component after the rotation. */
const RANGE_DEVIATIONS = 5;
/** How far a score computed from codes may be off, in standard deviations of that error. */
const MARGIN_DEVIATIONS = 6;

/** A query, ready to be compared with codes. */
export interface QueryCode {
  /** What the kernel multiplies codes with. */
  readonly bytes: Int8Array<ArrayBuffer>;
  /** What the kernel compares sketches with. */
  readonly sketch: Uint8Array<ArrayBuffer>;
  /** Subtracted from each product: what the codes' zero and dither add to it. */
  readonly offset: number;
  /** Then turns the product into a cosine. */
  readonly unit: number;
  /** That cosine is this near to the true one. */
  readonly margin: number;
}

/**
 * Makes codes: an embedding is rotated, and each component rounded to 7 bits.
 *
 * A code is a function of its embedding alone, so it can be made again at any time. A sketch is one bit
 * of each component of a code: whether it is above zero.
 */
export class Encoder {
  /** The bytes of a code, a multiple of 64; those of a sketch are an eighth. */
  readonly stride: number;
  readonly #memory: KernelMemory;
  readonly #dimensions: number;
  readonly #range: number;
  readonly #rounds: number;
  readonly #dither: Float32Array;
  readonly #values: number;
  readonly #spare: number;
  readonly #signsAt: number;
  readonly #placesAt: number;
  readonly #ditherAt: number;
  readonly #code: number;
  readonly #sketch: number;

  constructor(memory: KernelMemory, dimensions: number) {
    this.stride = Math.ceil(dimensions / STRIDE_BYTES) * STRIDE_BYTES;
    this.#memory = memory;
    this.#dimensions = dimensions;
    this.#range = Math.min(1, RANGE_DEVIATIONS / Math.sqrt(dimensions));
    const { rounds, signs, places, dither } = createRotation(dimensions);
    this.#rounds = rounds;
    this.#dither = dither;
    this.#values = memory.take(4 * dimensions);
    this.#spare = memory.take(4 * dimensions);
    this.#signsAt = keep(memory, signs);
    this.#placesAt = keep(memory, places);
    this.#ditherAt = keep(memory, dither);
    this.#code = memory.take(this.stride);
    this.#sketch = memory.take(this.stride / 8);
  }

  /**
   * Writes the code of an embedding.
   *
   * @returns Whether it fits: of the rare one that does not, the code tells little.
   */
  encode(embedding: Float32Array, code: number): boolean {
    this.#rotate(embedding);
    return this.#encodeStored(code) <= toleratedExcess(this.#dimensions);
  }

  /** Writes the sketch of a code. */
  sketch(code: number, target: number): void {
    this.#memory.kernel.sketch(code, target, this.stride);
  }

  /** Makes a query comparable with codes and sketches. */
  encodeQuery(embedding: Float32Array): QueryCode {
    this.#rotate(embedding);
    this.#encodeStored(this.#code);
    this.sketch(this.#code, this.#sketch);
    const reach = largest(this.#memory.floats(this.#values, this.#dimensions));
    this.#round(this.#code, QUERY_STEPS / reach, 0, -QUERY_STEPS, QUERY_STEPS);
    const { buffer } = this.#memory.bytes;
    const bytes = new Int8Array(buffer, this.#code, this.stride).slice();
    const step = this.#range / CODE_STEPS;
    const queryStep = reach / QUERY_STEPS;
    return {
      bytes,
      sketch: new Uint8Array(buffer, this.#sketch, this.stride / 8).slice(),
      offset: offsetOf(bytes, this.#dither),
      unit: step * queryStep,
      margin: errorMargin(this.#dimensions, step, queryStep),
    };
  }

  #rotate(embedding: Float32Array): void {
    this.#memory.floats(this.#values, this.#dimensions).set(embedding);
    this.#memory.kernel.rotate(
      this.#values,
      this.#spare,
      this.#dimensions,
      this.#signsAt,
      this.#placesAt,
      this.#rounds,
    );
  }

  #encodeStored(code: number): number {
    return this.#round(code, CODE_STEPS / this.#range, CODE_ZERO, 1, CODE_ZERO + CODE_STEPS);
  }

  #round(code: number, scale: number, offset: number, low: number, high: number): number {
    return this.#memory.kernel.encode(
      this.#values,
      code,
      this.#dimensions,
      this.stride,
      this.#ditherAt,
      scale,
      offset,
      low,
      high,
    );
  }
}

/** Copies a table into the memory and gives its address. */
function keep(memory: KernelMemory, table: Float32Array | Int32Array): number {
  const address = memory.take(table.byteLength);
  memory.bytes.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), address);
  return address;
}

function largest(values: Float32Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
  return most;
}

/** Gives what the zero of codes and their dither add to a product with this query. */
function offsetOf(query: Int8Array, dither: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < dither.length; i++) sum += (query[i] ?? 0) * (CODE_ZERO + (dither[i] ?? 0));
  return sum;
}

/**
 * How much of an embedding may fall outside the range, as a sum of squares in steps: a quarter of what
 * rounding costs anyway.
 */
function toleratedExcess(dimensions: number): number {
  return dimensions / 48;
}

/**
 * Bounds the error of a cosine that is computed from codes.
 *
 * The dither makes the errors of the components independent, so that of their sum is normally
 * distributed. The dither of a code is subtracted again, which leaves a variance of 1/12 of a square
 * step; that of the query stays in, and its variance is at most 1/4. In few dimensions, adding up the
 * worst of each component gives a lower bound.
 */
function errorMargin(dimensions: number, step: number, queryStep: number): number {
  const deviation = Math.hypot(step / Math.sqrt(12), queryStep / 2);
  const worst = (step / 2 + queryStep) * Math.sqrt(dimensions) +
    step * Math.sqrt(toleratedExcess(dimensions));
  return Math.min(MARGIN_DEVIATIONS * deviation, worst) + 1e-6;
}
