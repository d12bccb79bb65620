// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import type { LatentModelParts } from "./latent_model.ts";

/**
 * A model as bytes: a mark with the version, the checksum of the rest, the length of the header, the
 * header as JSON, the weights, the projection. Numbers have 32 bits and are little-endian, as on every
 * machine that Deno runs on.
 */

const MARK = new TextEncoder().encode("sigil-lsa-1\n");
const CHECKSUM_BYTES = 32;
const HEADER_START = MARK.length + CHECKSUM_BYTES + 4;

/** Writes a model. */
export function encodeLatentModel(parts: LatentModelParts): Uint8Array<ArrayBuffer> {
  const { dimensions, learnedFrom, terms, weights, projection } = parts;
  const header = new TextEncoder().encode(JSON.stringify({ dimensions, learnedFrom, terms }));
  const weightsStart = HEADER_START + header.length;
  const projectionStart = weightsStart + weights.byteLength;
  const bytes = new Uint8Array(projectionStart + projection.byteLength);
  bytes.set(MARK);
  new DataView(bytes.buffer).setUint32(HEADER_START - 4, header.length, true);
  bytes.set(header, HEADER_START);
  bytes.set(toBytes(weights), weightsStart);
  bytes.set(toBytes(projection), projectionStart);
  bytes.set(checksum(bytes), MARK.length);
  return bytes;
}

/** Reads a model. Gives undefined for other versions, and for what is damaged or cut. */
export function decodeLatentModel(bytes: Uint8Array): LatentModelParts | undefined {
  if (bytes.length < HEADER_START || !startsWith(bytes, MARK)) return undefined;
  const sum = bytes.subarray(MARK.length, MARK.length + CHECKSUM_BYTES);
  if (!startsWith(sum, checksum(bytes))) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = HEADER_START + view.getUint32(HEADER_START - 4, true);
  // Whoever passes the checksum was written by encodeLatentModel.
  const { dimensions, learnedFrom, terms }: Pick<
    LatentModelParts,
    "dimensions" | "learnedFrom" | "terms"
  > = JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER_START, start)));
  const numbers = new Float32Array(bytes.slice(start).buffer);
  return {
    dimensions,
    learnedFrom,
    terms,
    weights: numbers.slice(0, terms.length),
    projection: numbers.slice(terms.length),
  };
}

function toBytes(numbers: Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** The checksum of all but the mark and the checksum itself. */
function checksum(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes.subarray(HEADER_START - 4)).digest();
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, index) => byte === bytes[index]);
}
