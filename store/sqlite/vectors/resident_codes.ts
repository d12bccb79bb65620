// SPDX-License-Identifier: Apache-2.0

import { crc32 } from "node:zlib";
import { setImmediate } from "node:timers/promises";
import { cannot, type Task } from "../../_cannot.ts";
import type { JsonObject } from "../../knowledge_store.ts";
import type { Logger } from "../../logger.ts";
import type { Database } from "../_database.ts";
import { readJson } from "../_decode.ts";
import { CHUNK_ROWS, CodeIndex } from "./code_index.ts";
import { fromBlob } from "./embedding_blob.ts";
import type { FilterSets } from "./filter_sets.ts";
import { runInSteps } from "./run_in_steps.ts";
import { storedDimensions } from "./stored_dimensions.ts";

/** The format of codes; another one makes every stored chunk fail its checksum. */
const FORMAT = 1;
/** How much is done before timers and other work get their turn: some milliseconds. */
const CHUNKS_PER_STEP = 16;
const CHANGES_PER_STEP = 256;
/** Codes are written to disk after so many changes, and at least an eighth of the collection. */
const MIN_CHANGES_TO_SAVE = 4096;
/** So often in a row may a save be overtaken by writes before it is put off. */
const MAX_SAVE_ATTEMPTS = 10;

const SELECT_SEQUENCE = "SELECT max(sequence) FROM vectors";
const SELECT_CHANGES = `
  SELECT sequence, slot, metadata, value FROM vectors LEFT JOIN embeddings USING (slot)
  WHERE sequence > ? ORDER BY sequence LIMIT ${CHANGES_PER_STEP}`;
const SELECT_SAVED = "SELECT max(sequence) FROM codes";
const SELECT_LAST_SLOT = "SELECT max(slot) FROM vectors";
const SELECT_CHUNK = "SELECT checksum, bytes FROM codes WHERE chunk = ?";
const SELECT_ROWS = "SELECT slot, value FROM embeddings WHERE slot >= ? AND slot < ?";
const SELECT_OLD_ROW =
  "SELECT 1 FROM vectors WHERE slot >= ? AND slot < ? AND sequence <= ? LIMIT 1";
const SAVE_CHUNK =
  "INSERT OR REPLACE INTO codes (chunk, sequence, checksum, bytes) VALUES (?, ?, ?, ?)";

type ChangeRow = readonly [number, number, string, Uint8Array | null];

/**
 * The codes of a vector database in memory, kept in step with it whoever writes to it.
 *
 * Codes on disk only save the work of making them: what was changed after they were written is made
 * again from the embeddings, and so is a chunk that is damaged or missing.
 */
export class ResidentCodes {
  readonly #database: Database;
  readonly #filters: FilterSets;
  readonly #hasSketches: boolean;
  readonly #logger: Logger | undefined;
  #index: CodeIndex | undefined;
  /** The last change that the codes in memory hold. */
  #sequence = 0;
  /** The next chunk to load from disk; undefined before the first and after the last. */
  #nextChunk: number | undefined;
  /** Chunks that differ from those on disk. */
  readonly #unsaved = new Set<number>();
  #changesUnsaved = 0;
  /** Up to which change the codes on disk are complete. */
  #savedSequence = 0;
  #saving: Promise<void> | undefined;

  constructor(
    database: Database,
    filters: FilterSets,
    options: { readonly hasSketches: boolean; readonly logger: Logger | undefined },
  ) {
    this.#database = database;
    this.#filters = filters;
    this.#hasSketches = options.hasSketches;
    this.#logger = options.logger;
  }

  /** The codes; undefined as long as the collection has never been asked for, or is empty. */
  get index(): CodeIndex | undefined {
    return this.#index;
  }

  /** The last change that the codes hold. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Tells whether the codes hold every change. */
  isCurrent(): boolean {
    return this.#currentSequence() === this.#sequence;
  }

  /** Whether so much has changed that the codes are worth saving before the end. */
  get isSaveDue(): boolean {
    return this.#changesUnsaved >= Math.max(MIN_CHANGES_TO_SAVE, (this.#index?.size ?? 0) / 8);
  }

  /** Loads codes or brings them up to date. Other work may have its turn at each `yield`. */
  *catchUp(task: Task): Generator<void, void> {
    try {
      while (!this.#step(task)) yield;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw cannot(task, "unavailable", "its codes need more memory than there is", error);
    }
  }

  /**
   * Writes the chunks that differ from those on disk, a few in each transaction.
   *
   * Losing them is no loss, so a failure is only logged.
   */
  save(): Promise<void> {
    this.#saving ??= this.#saveAll().finally(() => this.#saving = undefined);
    return this.#saving;
  }

  /** Saves what is left to save. */
  async close(): Promise<void> {
    await this.#saving;
    await this.save();
  }

  async #saveAll(): Promise<void> {
    if (this.#index === undefined) return;
    const task = { action: "save codes of", subject: this.#database.path };
    const chunks = new Set<number>();
    try {
      await runInSteps(this.#database, task, this.catchUp(task), undefined);
      const complete = this.#sequence;
      for (const chunk of this.#unsaved) chunks.add(chunk);
      this.#unsaved.clear();
      this.#changesUnsaved = 0;
      await this.#saveInParts(task, chunks, complete);
    } catch (error) {
      this.#logger?.warn("vector codes not saved", { path: this.#database.path, error });
    }
    for (const chunk of chunks) this.#unsaved.add(chunk);
  }

  /** Takes the chunks that are saved out of `chunks`. */
  async #saveInParts(task: Task, chunks: Set<number>, complete: number): Promise<void> {
    for (let attempt = 0; attempt < MAX_SAVE_ATTEMPTS && chunks.size > 0;) {
      const part = [...chunks].slice(0, CHUNKS_PER_STEP);
      // Only the last part says that all is saved: before it, a crash leaves the older claim.
      const sequence = part.length === chunks.size ? complete : this.#savedSequence;
      const save = () => this.#saveChunks(part, sequence);
      if (await this.#database.transaction(task, save)) {
        for (const chunk of part) chunks.delete(chunk);
        this.#savedSequence = sequence;
        attempt = 0;
        await setImmediate();
      } else {
        attempt++;
        await runInSteps(this.#database, task, this.catchUp(task), undefined);
      }
    }
  }

  /**
   * Saves chunks, unless something was written that they do not hold yet: another process may rely on
   * newer codes that it saved, and a write before us in this transaction may be undone with it.
   */
  #saveChunks(chunks: readonly number[], sequence: number): boolean {
    if (!this.isCurrent()) return false;
    for (const chunk of chunks) {
      if (this.#index === undefined || chunk >= this.#index.chunkCount) continue;
      const bytes = this.#index.exportChunk(chunk);
      this.#database.prepare(SAVE_CHUNK).run(chunk, sequence, crc32(bytes, FORMAT), bytes);
    }
    return true;
  }

  /** Does a part of what is left to do. Gives true when nothing is. */
  #step(task: Task): boolean {
    const dimensions = storedDimensions(this.#database);
    if (dimensions === undefined) return this.#forget();
    if (this.#index?.dimensions !== dimensions) this.#start(dimensions);
    if (this.#nextChunk !== undefined) return this.#loadChunks(task, this.#nextChunk);
    return this.#applyChanges(task);
  }

  /** The collection is empty: the next embedding may have another length. */
  #forget(): true {
    this.#index = undefined;
    this.#nextChunk = undefined;
    this.#unsaved.clear();
    this.#sequence = this.#currentSequence();
    this.#filters.clear();
    return true;
  }

  #start(dimensions: number): void {
    this.#index = new CodeIndex(dimensions, this.#hasSketches);
    this.#unsaved.clear();
    this.#filters.clear();
    const [sequence] = this.#database.prepare<[number | null]>(SELECT_SAVED).get() ?? [null];
    this.#sequence = sequence ?? 0;
    this.#savedSequence = this.#sequence;
    this.#nextChunk = sequence === null ? undefined : 0;
  }

  #loadChunks(task: Task, first: number): false {
    const lastSlot = this.#database.prepare<[number | null]>(SELECT_LAST_SLOT).get()?.[0] ?? -1;
    const lastChunk = Math.floor(lastSlot / CHUNK_ROWS);
    const end = Math.min(lastChunk + 1, first + CHUNKS_PER_STEP);
    for (let chunk = first; chunk < end; chunk++) this.#loadChunk(task, chunk);
    this.#nextChunk = end > lastChunk ? undefined : end;
    return false;
  }

  #loadChunk(task: Task, chunk: number): void {
    const row = this.#database.prepare<[number, Uint8Array]>(SELECT_CHUNK).get(chunk);
    if (row !== undefined) {
      const [checksum, bytes] = row;
      if (crc32(bytes, FORMAT) === checksum && this.#index?.importChunk(chunk, bytes)) return;
    } else if (!this.#hasRowsOnDisk(chunk)) return;
    this.#rebuild(task, chunk);
    const fields = { path: this.#database.path, chunk, missing: row === undefined };
    this.#logger?.warn("damaged vector codes rebuilt", fields);
  }

  /** A chunk of nothing but new rows has no codes on disk yet. */
  #hasRowsOnDisk(chunk: number): boolean {
    const first = chunk * CHUNK_ROWS;
    const select = this.#database.prepare(SELECT_OLD_ROW);
    return select.get(first, first + CHUNK_ROWS, this.#sequence) !== undefined;
  }

  #rebuild(task: Task, chunk: number): void {
    const first = chunk * CHUNK_ROWS;
    const rows = this.#database.prepare<[number, Uint8Array]>(SELECT_ROWS)
      .all(first, first + CHUNK_ROWS);
    this.#index?.clearChunk(chunk);
    for (const [slot, value] of rows) this.#put(task, slot, value);
    this.#unsaved.add(chunk);
  }

  #applyChanges(task: Task): boolean {
    const rows = this.#database.prepare<ChangeRow>(SELECT_CHANGES).all(this.#sequence);
    for (const [sequence, slot, metadata, value] of rows) {
      if (value === null) this.#index?.remove(slot);
      else this.#put(task, slot, value);
      this.#filter(slot, value === null ? undefined : metadata);
      this.#unsaved.add(Math.floor(slot / CHUNK_ROWS));
      this.#sequence = sequence;
    }
    this.#changesUnsaved += rows.length;
    return rows.length < CHANGES_PER_STEP;
  }

  #put(task: Task, slot: number, value: Uint8Array): void {
    if (this.#index === undefined) return;
    this.#index.put(slot, fromBlob(task, slot, this.#index.dimensions, value));
  }

  #filter(slot: number, metadata: string | undefined): void {
    if (this.#filters.isEmpty) return;
    this.#filters.update(
      slot,
      metadata === undefined ? undefined : readJson<JsonObject>(metadata),
    );
  }

  #currentSequence(): number {
    return this.#database.prepare<[number | null]>(SELECT_SEQUENCE).get()?.[0] ?? 0;
  }
}
