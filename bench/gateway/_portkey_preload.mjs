// SPDX-License-Identifier: Apache-2.0

/**
 * Loaded by Node before the peer, which answers every stream with 500 otherwise: it adds headers of its
 * own to those of the backend's response, which cannot be changed. Here streams get headers that can.
 */

const ask = globalThis.fetch;

globalThis.fetch = async (...request) => {
  const response = await ask(...request);
  if (response.headers.get("content-type") === "text/event-stream") {
    Object.defineProperty(response, "headers", {
      value: new Headers(response.headers),
    });
  }
  return response;
};
