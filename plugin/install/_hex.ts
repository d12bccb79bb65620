// SPDX-License-Identifier: Apache-2.0

/** Writes bytes in hexadecimal. */
export function encodeHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
