// SPDX-License-Identifier: Apache-2.0

import { cannot, type Task } from "../../_cannot.ts";

/** Gives the bytes of an embedding as they are stored: 32-bit floats, the lowest byte first. */
export function toBlob(embedding: Float32Array): Uint8Array {
  return new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength);
}

/** Gives the embedding of stored bytes, which must have as many numbers as the others. */
export function fromBlob(
  task: Task,
  slot: number,
  dimensions: number,
  blob: Uint8Array,
): Float32Array {
  if (blob.length !== dimensions * Float32Array.BYTES_PER_ELEMENT) {
    throw cannot(task, "corrupt", `the embedding in slot ${slot} is damaged`);
  }
  const isAligned = blob.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset } = isAligned ? blob : blob.slice();
  return new Float32Array(buffer, byteOffset, dimensions);
}
