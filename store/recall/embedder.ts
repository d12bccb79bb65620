// SPDX-License-Identifier: Apache-2.0

import type { CallOptions } from "../options.ts";

/**
 * A model that turns texts into vectors, such as a provider's.
 *
 * @example Usage
 * ```ts
 * import type { Embedder } from "@sigil/store/recall";
 *
 * const embedder: Embedder = {
 *   model: "ollama/nomic-embed-text",
 *   async embed(texts, options) {
 *     const response = await fetch("http://127.0.0.1:11434/api/embed", {
 *       method: "POST",
 *       body: JSON.stringify({ model: "nomic-embed-text", input: texts }),
 *       signal: options?.signal ?? null,
 *     });
 *     return (await response.json()).embeddings;
 *   },
 * };
 * ```
 */
export interface Embedder {
  /** What the model is called. Embeddings of another name are never compared with its own. */
  readonly model: string;
  /**
   * How many texts it takes at once.
   *
   * @default {64}
   */
  readonly maxBatch?: number | undefined;
  /**
   * How many characters of a text it is given; the rest of a longer one is left out.
   *
   * @default {8000}
   */
  readonly maxCharacters?: number | undefined;
  /** Gives one embedding for each text, in their order, all of one length. */
  embed(
    texts: readonly string[],
    options?: CallOptions,
  ): Promise<readonly (Float32Array | readonly number[])[]>;
}
