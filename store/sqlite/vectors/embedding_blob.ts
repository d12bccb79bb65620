// SPDX-License-Identifier: Apache-2.0

/** Gives the bytes of an embedding as they are stored: 32-bit floats, the lowest byte first. */
export function toBlob(embedding: Float32Array): Uint8Array {
  return new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength);
}

/** Gives the embedding of stored bytes. */
export function fromBlob(blob: Uint8Array): Float32Array {
  const isAligned = blob.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? blob : blob.slice();
  return new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT);
}
