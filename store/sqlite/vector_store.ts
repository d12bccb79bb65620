// SPDX-License-Identifier: Apache-2.0

import type { DatabaseSync } from "node:sqlite";
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
import type { Logger } from "../logger.ts";
import type { CallOptions } from "../options.ts";
import type { VectorFilters, VectorResult, VectorStore } from "../vector_store.ts";
import { type Database, type DatabaseOptions, openDatabase } from "./_database.ts";
import { readJson } from "./_decode.ts";
import { AdaptiveSearch } from "./vectors/adaptive_search.ts";
import { attributesOf } from "./vectors/attributes.ts";
import { fromBlob, toBlob } from "./vectors/embedding_blob.ts";
import { FilterSets } from "./vectors/filter_sets.ts";
import type { ScoredSlot } from "./vectors/nearest.ts";
import { ResidentCodes } from "./vectors/resident_codes.ts";
import { runAtOnce, runInSteps } from "./vectors/run_in_steps.ts";
import { storedDimensions } from "./vectors/stored_dimensions.ts";
import { isSmall, type NewVector, VectorInsert } from "./vectors/vector_insert.ts";
import { VECTOR_SCHEMA } from "./vectors/vector_schema.ts";

/** How a vector database is kept. */
export interface VectorStoreOptions extends DatabaseOptions {
  /** Told when damaged codes have been rebuilt, or codes could not be saved. Silent unless given. */
  readonly logger?: Logger | undefined;
  /**
   * How many bytes of codes a search scans before timers and other work get their turn, or half as many
   * more, since all steps of a search are alike. The default takes some milliseconds.
   *
   * @default {67108864}
   */
  readonly scanStepBytes?: number | undefined;
  /**
   * Whether a collection of 10,000 embeddings or more may be searched by one bit of each number first:
   * about twice as fast, for an eighth more memory. Only once this has found 99 % of the nearest in
   * the last 32 searches that were done both ways; every 32nd search still is.
   *
   * @default {false}
   */
  readonly approximate?: boolean | undefined;
}

const SELECT_SLOT = "SELECT slot, metadata FROM vectors WHERE id = ?";
const NEXT_SEQUENCE = "(SELECT coalesce(max(sequence), 0) + 1 FROM vectors)";
const SELECT_FREE_SLOT = `
  SELECT coalesce(
    (SELECT min(slot) FROM vectors WHERE id IS NULL),
    (SELECT max(slot) + 1 FROM vectors),
    0)`;
const PUT_VECTOR = `
  INSERT INTO vectors (slot, sequence, id, metadata) VALUES (?, ${NEXT_SEQUENCE}, ?, ?)
  ON CONFLICT (slot) DO UPDATE SET
    sequence = excluded.sequence, id = excluded.id, metadata = excluded.metadata`;
const PUT_EMBEDDING = "INSERT OR REPLACE INTO embeddings (slot, value) VALUES (?, ?)";
const PUT_ATTRIBUTES = `
  INSERT OR IGNORE INTO attributes (attribute, slot) SELECT value, ? FROM json_each(?)`;
const DELETE_ATTRIBUTE = "DELETE FROM attributes WHERE attribute = ? AND slot = ?";
const FREE_SLOT = `
  UPDATE vectors SET sequence = ${NEXT_SEQUENCE}, id = NULL, metadata = '{}' WHERE slot = ?`;
const DELETE_EMBEDDING = "DELETE FROM embeddings WHERE slot = ?";
const DELETE_CODES = "DELETE FROM codes WHERE NOT EXISTS (SELECT 1 FROM embeddings)";
const SELECT_EMBEDDINGS = `
  SELECT slot, embeddings.value FROM json_each(?) AS wanted
  CROSS JOIN embeddings ON slot = wanted.value`;
const SELECT_VECTORS = `
  SELECT slot, vectors.id, metadata FROM json_each(?) AS wanted
  CROSS JOIN vectors ON slot = wanted.value`;
const COUNT = `
  SELECT (SELECT coalesce(max(slot) + 1, 0) FROM vectors)
    - (SELECT count(*) FROM vectors WHERE id IS NULL)`;

const DEFAULT_SCAN_STEP_BYTES = 64 * 1024 * 1024;
/** A search that was overtaken by changes so often is done in one piece. */
const MAX_RESTARTS = 2;

/**
 * Opens the vector database at `path`, creating or upgrading it.
 *
 * Embeddings are kept exactly as given. For the search, codes of one byte a component are held in
 * memory, so a million embeddings of 768 numbers take about 800 MB; the best by code are compared
 * exactly. A collection that has been emptied takes embeddings of another length.
 *
 * Requires `--allow-read` and `--allow-write` for the folder of `path`; none for `":memory:"`.
 *
 * @throws {StoreError} With code `corrupt`, `too_new`, `busy`, `full`, `read_only` or `unavailable`.
 *
 * @example Usage
 * ```ts
 * import { openVectorStore } from "@sigil/store/sqlite";
 *
 * await using store = await openVectorStore(":memory:");
 * await store.store("v1", [1, 0, 0], { source: "notes" });
 * const [nearest] = await store.search([0.9, 0.1, 0], 1, { source: "notes" });
 * ```
 */
export async function openVectorStore(
  path: string,
  options: VectorStoreOptions = {},
): Promise<VectorStore> {
  const database = openDatabase(path, VECTOR_SCHEMA, options, {}, setPageSize);
  return new SqliteVectorStore(database, options);
}

/** Embeddings of some kilobytes would leave a quarter of every smaller page empty. */
function setPageSize(database: DatabaseSync): void {
  database.exec("PRAGMA page_size = 16384");
}

/** A search that has been checked. */
interface Wanted {
  readonly task: Task;
  readonly query: Float32Array;
  readonly k: number;
  readonly filters: readonly VectorFilter[];
  readonly signal: AbortSignal | undefined;
}

class SqliteVectorStore implements VectorStore {
  readonly #database: Database;
  readonly #insert: VectorInsert;
  readonly #filters: FilterSets;
  readonly #codes: ResidentCodes;
  readonly #searcher = new AdaptiveSearch();
  readonly #scanStepBytes: number;
  #closing: Promise<void> | undefined;

  constructor(database: Database, options: VectorStoreOptions) {
    this.#database = database;
    this.#insert = new VectorInsert(database);
    this.#scanStepBytes = options.scanStepBytes ?? DEFAULT_SCAN_STEP_BYTES;
    this.#filters = new FilterSets(database);
    this.#codes = new ResidentCodes(database, this.#filters, {
      hasSketches: options.approximate ?? false,
      logger: options.logger,
    });
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
    const vector: NewVector = { id, embedding, metadata: checked, json: JSON.stringify(checked) };
    const put = () => this.#put(task, vector);
    const bulk = isSmall(vector) ? { insert: this.#insert, row: vector } : undefined;
    await this.#database.insert(task, put, bulk, { signal: options.signal, hasSteps: true });
  }

  async search(
    input: Float32Array | readonly number[],
    k: number,
    filters?: VectorFilters,
    options: CallOptions = {},
  ): Promise<readonly VectorResult[]> {
    const task = { action: "search vectors of", subject: this.#database.path };
    const { signal } = options;
    const query = checkEmbedding(task, "query", input);
    checkCount(task, "k", k, MAX_LIMIT);
    const wanted = { task, query, k, filters: checkFilters(task, filters), signal };
    const results = await this.#searchAtLeisure(wanted) ?? await this.#searchAtOnce(wanted);
    if (this.#codes.isSaveDue) this.#codes.save();
    return results;
  }

  async delete(ids: readonly string[], options: CallOptions = {}): Promise<number> {
    const task = { action: "delete vectors of", subject: this.#database.path };
    const wanted = checkKeys(task, "ids", ids);
    return await this.#database.transaction(task, () => this.#delete(wanted), options.signal);
  }

  async count(options: CallOptions = {}): Promise<number> {
    const task = { action: "count vectors of", subject: this.#database.path };
    const run = () => this.#database.prepare<[number]>(COUNT).get()?.[0] ?? 0;
    return await this.#database.read(task, run, options.signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#codes.close().finally(() => this.#database.close());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #prepare(sql: string) {
    return this.#database.prepare(sql);
  }

  #put(task: Task, { id, embedding, metadata, json }: NewVector): void {
    const dimensions = storedDimensions(this.#database);
    if (dimensions !== undefined) checkDimensions(task, dimensions, embedding);
    const old = this.#database.prepare<[number, string]>(SELECT_SLOT).get(id);
    const slot = old?.[0] ?? this.#database.prepare<[number]>(SELECT_FREE_SLOT).get()?.[0] ?? 0;
    if (old !== undefined) this.#deleteAttributes(...old);
    this.#prepare(PUT_VECTOR).run(slot, id, json);
    this.#prepare(PUT_EMBEDDING).run(slot, toBlob(embedding));
    const attributes = attributesOf(metadata);
    if (attributes.length > 0) this.#prepare(PUT_ATTRIBUTES).run(slot, JSON.stringify(attributes));
  }

  #delete(ids: readonly string[]): number {
    let count = 0;
    for (const id of ids) {
      const row = this.#database.prepare<[number, string]>(SELECT_SLOT).get(id);
      if (row === undefined) continue;
      this.#deleteAttributes(...row);
      this.#prepare(DELETE_EMBEDDING).run(row[0]);
      this.#prepare(FREE_SLOT).run(row[0]);
      count++;
    }
    if (count > 0) this.#prepare(DELETE_CODES).run();
    return count;
  }

  #deleteAttributes(slot: number, metadata: string): void {
    for (const attribute of attributesOf(readJson<JsonObject>(metadata))) {
      this.#prepare(DELETE_ATTRIBUTE).run(attribute, slot);
    }
  }

  /** Searches with pauses for other work. Gives nothing when changes overtook it each time. */
  async #searchAtLeisure(wanted: Wanted): Promise<readonly VectorResult[] | undefined> {
    for (let attempt = 0; attempt <= MAX_RESTARTS; attempt++) {
      const steps = this.#search(wanted);
      const results = await runInSteps(this.#database, wanted.task, steps, wanted.signal);
      if (results !== undefined) return results;
    }
  }

  #searchAtOnce(wanted: Wanted): Promise<readonly VectorResult[]> {
    const run = () => runAtOnce(this.#search(wanted)) ?? [];
    return this.#database.read(wanted.task, run, wanted.signal);
  }

  /** Gives nothing when the collection changed during a pause. */
  *#search(wanted: Wanted): Generator<void, readonly VectorResult[] | undefined> {
    const { task, query, k, filters } = wanted;
    yield* this.#codes.catchUp(task);
    const { index, sequence } = this.#codes;
    if (index === undefined) return [];
    checkDimensions(task, index.dimensions, query);
    if (k === 0) return [];
    const mask = this.#filters.matching(filters);
    const nearest = yield* this.#searcher.search(index, {
      embedding: query,
      k,
      mask,
      stepBytes: this.#scanStepBytes,
      exactScores: (slots) => this.#exactScores(task, slots, query),
    });
    const results = this.#results(nearest, k);
    return sequence === this.#codes.sequence && this.#codes.isCurrent() ? results : undefined;
  }

  #exactScores(task: Task, slots: readonly number[], query: Float32Array): readonly ScoredSlot[] {
    const select = this.#database.prepare<[number, Uint8Array]>(SELECT_EMBEDDINGS);
    return select.all(JSON.stringify(slots)).map(([slot, blob]) => {
      const embedding = fromBlob(task, slot, query.length, blob);
      return { slot, score: cosineSimilarity(query, embedding) };
    });
  }

  #results(nearest: readonly ScoredSlot[], k: number): readonly VectorResult[] {
    const scores = new Map(nearest.map(({ slot, score }) => [slot, score]));
    const select = this.#database.prepare<[number, string | null, string]>(SELECT_VECTORS);
    return select.all(JSON.stringify([...scores.keys()]))
      .flatMap(([slot, id, metadata]) =>
        id === null ? [] : [{ id, score: scores.get(slot) ?? 0, metadata }]
      )
      .sort(compareResults)
      .slice(0, k)
      .map(({ id, score, metadata }) => ({ id, score, metadata: readJson<JsonObject>(metadata) }));
  }
}
