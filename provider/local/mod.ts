// SPDX-License-Identifier: Apache-2.0

/**
 * Models that need no key, no network and no permission: `local/recall`, a set of rules that answers
 * from memory, and `local/hash-256`, embeddings of hashed words. Neither is a language model.
 *
 * @example Usage
 * ```ts
 * import { openLocalProvider } from "@sigil/provider/local";
 *
 * await using provider = openLocalProvider();
 * const messages = [
 *   { role: "user", content: "My bicycle is red" },
 *   { role: "user", content: "What colour is my bicycle?" },
 * ] as const;
 * for await (const event of provider.chat({ model: "recall", messages })) {
 *   if (event.type === "text_delta") console.log(event.text);
 * }
 * ```
 *
 * @module
 */

export * from "./hash_embedding.ts";
export * from "./open_local_provider.ts";
