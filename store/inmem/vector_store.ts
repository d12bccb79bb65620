// SPDX-License-Identifier: Apache-2.0

import type { Task } from "../_cannot.ts";
import { checkCount, checkJsonObject, checkKey, checkKeys, MAX_LIMIT } from "../_validate.ts";
import {
  checkDimensions,
  checkEmbedding,
  checkFilters,
  compareResults,
  cosineSimilarity,
  matchesFilters,
} from "../_vectors.ts";
import type { JsonObject } from "../knowledge_store.ts";
import type { CallOptions } from "../options.ts";
import type { VectorFilters, VectorResult, VectorStore } from "../vector_store.ts";
import { Guard } from "./_guard.ts";

/**
 * Opens a vector store that forgets everything when it is closed. Requires no permission.
 *
 * It compares the query with every embedding, so it suits some thousands of them.
 *
 * @example Usage
 * ```ts
 * import { openVectorStore } from "@sigil/store/inmem";
 *
 * await using store = await openVectorStore();
 * await store.store("v1", [1, 0, 0]);
 * const [nearest] = await store.search([0.9, 0.1, 0], 1);
 * ```
 */
export async function openVectorStore(): Promise<VectorStore> {
  return new InmemVectorStore();
}

interface StoredVector {
  readonly embedding: Float32Array;
  readonly metadata: JsonObject;
}

class InmemVectorStore implements VectorStore {
  readonly #vectors = new Map<string, StoredVector>();
  readonly #guard = new Guard();

  async store(
    id: string,
    input: Float32Array | readonly number[],
    metadata: JsonObject = {},
    options: CallOptions = {},
  ): Promise<void> {
    const task = { action: "store vector", subject: id };
    checkKey(task, "id", id);
    const embedding = checkEmbedding(task, "embedding", input);
    const copy = checkJsonObject(task, "metadata", metadata);
    this.#guard.check(task, options);
    this.#checkDimensions(task, embedding);
    this.#vectors.set(id, { embedding, metadata: copy });
  }

  async search(
    input: Float32Array | readonly number[],
    k: number,
    filters?: VectorFilters,
    options: CallOptions = {},
  ): Promise<readonly VectorResult[]> {
    const task = { action: "search vectors of", subject: "memory" };
    const query = checkEmbedding(task, "query", input);
    checkCount(task, "k", k, MAX_LIMIT);
    const wanted = checkFilters(task, filters);
    this.#guard.check(task, options);
    this.#checkDimensions(task, query);
    return [...this.#vectors]
      .filter(([_id, { metadata }]) => matchesFilters(metadata, wanted))
      .map(([id, { embedding, metadata }]) => {
        return { id, score: cosineSimilarity(query, embedding), metadata };
      })
      .sort(compareResults)
      .slice(0, k)
      .map((result) => ({ ...result, metadata: structuredClone(result.metadata) }));
  }

  async delete(ids: readonly string[], options: CallOptions = {}): Promise<number> {
    const task = { action: "delete vectors of", subject: "memory" };
    const wanted = checkKeys(task, "ids", ids);
    this.#guard.check(task, options);
    return wanted.filter((id) => this.#vectors.delete(id)).length;
  }

  async count(options: CallOptions = {}): Promise<number> {
    this.#guard.check({ action: "count vectors of", subject: "memory" }, options);
    return this.#vectors.size;
  }

  async close(): Promise<void> {
    this.#guard.close();
    this.#vectors.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkDimensions(task: Task, embedding: Float32Array): void {
    const [first] = this.#vectors.values();
    if (first !== undefined) checkDimensions(task, first.embedding.length, embedding);
  }
}
