// SPDX-License-Identifier: Apache-2.0

import { load } from "sqlite-vec";
import type { Task } from "../_cannot.ts";
import { checkCount, checkJsonObject, checkKey, checkKeys, MAX_LIMIT } from "../_validate.ts";
import {
  checkDimensions,
  checkEmbedding,
  checkFilters,
  compareResults,
  cosineSimilarity,
  type VectorFilter,
} from "../_vectors.ts";
import type { JsonObject } from "../knowledge_store.ts";
import type { CallOptions } from "../options.ts";
import { type Database, type DatabaseOptions, openDatabase } from "../sqlite/_database.ts";
import { readJson } from "../sqlite/_decode.ts";
import { attributeOf, attributesOf } from "../sqlite/vectors/attributes.ts";
import { fromBlob, toBlob } from "../sqlite/vectors/embedding_blob.ts";
import type { VectorFilters, VectorResult, VectorStore } from "../vector_store.ts";
import { SQLITE_VEC_SCHEMA } from "./_schema.ts";

const SELECT_DIMENSIONS = "SELECT dimensions FROM collection";
const INSERT_DIMENSIONS = "INSERT INTO collection (one, dimensions) VALUES (1, ?)";
const DELETE_DIMENSIONS = "DELETE FROM collection";
const DROP_EMBEDDINGS = "DROP TABLE embeddings";
const SELECT_SLOT = "SELECT slot, metadata FROM vectors WHERE id = ?";
const PUT_VECTOR = `
  INSERT INTO vectors (id, metadata) VALUES (?, ?)
  ON CONFLICT (id) DO UPDATE SET metadata = excluded.metadata RETURNING slot`;
const DELETE_VECTOR = "DELETE FROM vectors WHERE slot = ?";
const DELETE_EMBEDDING = "DELETE FROM embeddings WHERE slot = ?";
const INSERT_EMBEDDING = "INSERT INTO embeddings (slot, value) VALUES (?, ?)";
const PUT_ATTRIBUTE = "INSERT OR IGNORE INTO attributes (attribute, slot) VALUES (?, ?)";
const DELETE_ATTRIBUTES = "DELETE FROM attributes WHERE attribute = ? AND slot = ?";
const SELECT_VECTOR = "SELECT id, metadata FROM vectors WHERE slot = ?";
const COUNT = "SELECT count(*) FROM vectors";

/** sqlite-vec gives no more than this. */
const MAX_NEIGHBORS = 4096;
/** So many more than wanted show whether the last one wanted ties with others. */
const SPARE_NEIGHBORS = 16;
/** How far sqlite-vec's 32-bit arithmetic may be off. */
const ROUNDING = 1e-5;

/**
 * Opens the vector database at `path` with the extension sqlite-vec, creating or upgrading it.
 *
 * Embeddings are kept with a length of one. A search looks at all of them without a pause.
 *
 * Requires `--allow-ffi` as a whole, which loads the native library, and `--allow-read` and
 * `--allow-write` for the folder of `path`; the former alone for `":memory:"`.
 *
 * @throws {StoreError} With code `corrupt`, `too_new`, `busy`, `full`, `read_only` or `unavailable`.
 *
 * @example Usage
 * ```ts
 * import { openSqliteVecStore } from "@sigil/store/sqlite-vec";
 *
 * await using store = await openSqliteVecStore(":memory:");
 * await store.store("v1", [1, 0, 0]);
 * const [nearest] = await store.search([0.9, 0.1, 0], 1);
 * ```
 */
export async function openSqliteVecStore(
  path: string,
  options: DatabaseOptions = {},
): Promise<VectorStore> {
  const engine = { allowExtension: true };
  return new SqliteVecStore(openDatabase(path, SQLITE_VEC_SCHEMA, options, engine, load));
}

/** A search that has been checked. */
interface Wanted {
  readonly query: Float32Array;
  readonly k: number;
  readonly filters: readonly VectorFilter[];
}

type NeighborRow = readonly [slot: number, distance: number];
type EmbeddingRow = readonly [slot: number, value: Uint8Array];

class SqliteVecStore implements VectorStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async store(
    id: string,
    input: Float32Array | readonly number[],
    metadata: JsonObject = {},
    options: CallOptions = {},
  ): Promise<void> {
    const task = { action: "store vector", subject: id };
    checkKey(task, "id", id);
    const embedding = checkEmbedding(task, "embedding", input);
    const checked = checkJsonObject(task, "metadata", metadata);
    const put = () => this.#put(task, id, embedding, checked);
    await this.#database.transaction(task, put, options.signal);
  }

  async search(
    input: Float32Array | readonly number[],
    k: number,
    filters?: VectorFilters,
    options: CallOptions = {},
  ): Promise<readonly VectorResult[]> {
    const task = { action: "search vectors of", subject: this.#database.path };
    const query = checkEmbedding(task, "query", input);
    checkCount(task, "k", k, MAX_LIMIT);
    const wanted = { query, k, filters: checkFilters(task, filters) };
    return await this.#database.read(task, () => this.#search(task, wanted), options.signal);
  }

  async delete(ids: readonly string[], options: CallOptions = {}): Promise<number> {
    const task = { action: "delete vectors of", subject: this.#database.path };
    const wanted = checkKeys(task, "ids", ids);
    return await this.#database.transaction(task, () => this.#delete(wanted), options.signal);
  }

  async count(options: CallOptions = {}): Promise<number> {
    const task = { action: "count vectors of", subject: this.#database.path };
    return await this.#database.read(task, () => this.#count(), options.signal);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #prepare(sql: string) {
    return this.#database.prepare(sql);
  }

  #count(): number {
    return this.#database.prepare<[number]>(COUNT).get()?.[0] ?? 0;
  }

  #dimensions(): number | undefined {
    return this.#database.prepare<[number]>(SELECT_DIMENSIONS).get()?.[0];
  }

  #put(task: Task, id: string, embedding: Float32Array, metadata: JsonObject): void {
    const dimensions = this.#dimensions();
    if (dimensions === undefined) this.#createEmbeddings(embedding.length);
    else checkDimensions(task, dimensions, embedding);
    const old = this.#database.prepare<[number, string]>(SELECT_SLOT).get(id);
    if (old !== undefined) this.#deleteEmbedding(...old);
    const json = JSON.stringify(metadata);
    const slot = this.#database.prepare<[number]>(PUT_VECTOR).get(id, json)?.[0] ?? 0;
    // The extension takes a whole number only as a BigInt.
    this.#prepare(INSERT_EMBEDDING).run(BigInt(slot), toBlob(normalize(embedding)));
    for (const attribute of attributesOf(metadata)) {
      this.#prepare(PUT_ATTRIBUTE).run(attribute, slot);
    }
  }

  #createEmbeddings(dimensions: number): void {
    this.#prepare(INSERT_DIMENSIONS).run(dimensions);
    this.#database.prepare(
      `CREATE VIRTUAL TABLE embeddings
       USING vec0 (slot INTEGER PRIMARY KEY, value float[${dimensions}] distance_metric=cosine)`,
    ).run();
  }

  #delete(ids: readonly string[]): number {
    let count = 0;
    for (const id of ids) {
      const row = this.#database.prepare<[number, string]>(SELECT_SLOT).get(id);
      if (row === undefined) continue;
      this.#deleteEmbedding(...row);
      this.#prepare(DELETE_VECTOR).run(row[0]);
      count++;
    }
    if (count > 0 && this.#count() === 0) {
      this.#prepare(DELETE_DIMENSIONS).run();
      this.#prepare(DROP_EMBEDDINGS).run();
    }
    return count;
  }

  #deleteEmbedding(slot: number, metadata: string): void {
    this.#prepare(DELETE_EMBEDDING).run(BigInt(slot));
    for (const attribute of attributesOf(readJson<JsonObject>(metadata))) {
      this.#prepare(DELETE_ATTRIBUTES).run(attribute, slot);
    }
  }

  #search(task: Task, wanted: Wanted): readonly VectorResult[] {
    const dimensions = this.#dimensions();
    if (dimensions === undefined) return [];
    checkDimensions(task, dimensions, wanted.query);
    if (wanted.k === 0) return [];
    return [...this.#nearest(wanted)]
      .map(([slot, value]) => {
        const embedding = fromBlob(task, slot, dimensions, value);
        return this.#result(slot, cosineSimilarity(wanted.query, embedding));
      })
      .sort((a, b) => compareResults(a, b))
      .slice(0, wanted.k)
      .map(({ id, score, metadata }) => ({ id, score, metadata: readJson<JsonObject>(metadata) }));
  }

  /** Gives the nearest, and all that tie with the last of them. */
  #nearest({ query, k, filters }: Wanted): Iterable<EmbeddingRow> {
    const blob = toBlob(normalize(query));
    const { condition, attributes } = filterCondition(filters);
    const select = this.#database.prepare<NeighborRow>(
      `SELECT slot, distance FROM embeddings WHERE value MATCH ? AND k = ? ${condition}`,
    );
    for (let limit = k + SPARE_NEIGHBORS; limit <= MAX_NEIGHBORS; limit *= 4) {
      const rows = select.all(blob, limit, ...attributes);
      const farthest = rows.at(-1)?.[1] ?? 0;
      const isSettled = rows.length < limit || farthest > (rows[k - 1]?.[1] ?? 0) + ROUNDING;
      if (isSettled) return this.#embeddings(rows.map(([slot]) => slot));
    }
    return this.#database.prepare<EmbeddingRow>(
      `SELECT slot, value FROM embeddings WHERE true ${condition}`,
    ).all(...attributes);
  }

  *#embeddings(slots: readonly number[]): Generator<EmbeddingRow> {
    const select = this.#database.prepare<EmbeddingRow>(
      "SELECT slot, value FROM embeddings WHERE slot = ?",
    );
    for (const slot of slots) yield* select.all(BigInt(slot));
  }

  #result(slot: number, score: number) {
    const row = this.#database.prepare<[string, string]>(SELECT_VECTOR).get(slot);
    return { id: row?.[0] ?? "", score, metadata: row?.[1] ?? "{}" };
  }
}

/** Gives a condition on slots that sqlite-vec applies while it looks for neighbors. */
function filterCondition(filters: readonly VectorFilter[]) {
  if (filters.length === 0) return { condition: "", attributes: [] };
  const one = "SELECT slot FROM attributes WHERE attribute = ?";
  return {
    condition: `AND slot IN (${filters.map(() => one).join(" INTERSECT ")})`,
    attributes: filters.map(([key, value]) => attributeOf(key, value)),
  };
}

/** Gives the embedding with a length of one: 32-bit products of very long ones would overflow. */
function normalize(embedding: Float32Array): Float32Array {
  const length = Math.sqrt(embedding.reduce((sum, value) => sum + value * value, 0));
  return embedding.map((value) => value / length);
}
