// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from "./knowledge_store.ts";
import type { CallOptions } from "./options.ts";

/** Metadata that a vector must carry, key by key, with exactly these values. */
export type VectorFilters = Readonly<Record<string, string | number | boolean>>;

/** A vector found by {@linkcode VectorStore.search}. */
export interface VectorResult {
  /** The id that it was stored under. */
  readonly id: string;
  /** Cosine similarity to the query: 1 is identical in direction, 0 unrelated, -1 opposite. */
  readonly score: number;
  /** What it was stored with. */
  readonly metadata: JsonObject;
}

/**
 * Keeps embeddings and finds the nearest.
 *
 * All embeddings of a collection have the same length, fixed by the first one stored. A collection
 * that has been emptied takes embeddings of another length.
 */
export interface VectorStore extends AsyncDisposable {
  /**
   * Adds an embedding, or replaces the one with that id together with its metadata.
   *
   * @param embedding Numbers that are finite and not all zero; at most 8,192 of them.
   * @throws {StoreError} With code `dimension_mismatch`, or `invalid_input` for NaN, an infinite
   *   number, zeros only, or malformed metadata.
   */
  store(
    id: string,
    embedding: Float32Array | readonly number[],
    metadata?: JsonObject,
    options?: CallOptions,
  ): Promise<void>;

  /**
   * Finds the `k` nearest embeddings, the nearest first, ties by id.
   *
   * Filters choose first and nearness ranks what they leave, so `k` are given whenever `k` match.
   *
   * @param k How many at most; 0 gives none. At most 10,000.
   * @throws {StoreError} With code `dimension_mismatch` or `invalid_input`.
   */
  search(
    query: Float32Array | readonly number[],
    k: number,
    filters?: VectorFilters,
    options?: CallOptions,
  ): Promise<readonly VectorResult[]>;

  /**
   * Removes embeddings. Ids that are not held are passed over.
   *
   * @returns How many went.
   */
  delete(ids: readonly string[], options?: CallOptions): Promise<number>;

  /** Gives the number of embeddings. */
  count(options?: CallOptions): Promise<number>;

  /** Writes what is pending and closes. Calling it again does nothing. */
  close(): Promise<void>;
}
