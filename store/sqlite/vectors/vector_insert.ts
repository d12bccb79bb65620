// SPDX-License-Identifier: Apache-2.0

import { BulkInsert, sizeOfGroup } from "../_bulk_insert.ts";
import type { Database } from "../_database.ts";
import { whole } from "../_whole.ts";
import type { RowInsert } from "../_write_queue.ts";
import { attributesOf } from "./attributes.ts";
import { toBlob } from "./embedding_blob.ts";
import { storedDimensions } from "./stored_dimensions.ts";
import type { JsonObject } from "../../knowledge_store.ts";

const INSERT_VECTORS = "INSERT INTO vectors (slot, sequence, id, metadata)";
const INSERT_EMBEDDINGS = "INSERT INTO embeddings (slot, value)";
const INSERT_ATTRIBUTES = `
  INSERT OR IGNORE INTO attributes (attribute, slot)
  SELECT value ->> 0, value ->> 1 FROM json_each(?)`;
const SELECT_KNOWN = "SELECT 1 FROM vectors WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1";
const SELECT_FREE = "SELECT 1 FROM vectors WHERE id IS NULL LIMIT 1";
/** In one query of the table, two maxima would be a look at each row. */
const SELECT_LAST = `
  SELECT coalesce((SELECT max(slot) FROM vectors), -1),
    coalesce((SELECT max(sequence) FROM vectors), 0)`;
/** Longer embeddings, and longer metadata in UTF-16 units, are put one by one: statements keep what was bound. */
const MAX_DIMENSIONS = 4096;
const MAX_METADATA = 4096;

/** A vector that is to be stored. */
export interface NewVector {
  readonly id: string;
  readonly embedding: Float32Array;
  readonly metadata: JsonObject;
  /** The metadata, as they are stored. */
  readonly json: string;
}

/** A vector that has got its place. */
interface PlacedVector extends NewVector {
  readonly slot: number;
  readonly sequence: number;
}

/**
 * Inserts vectors that are all new behind those that there are, with a statement for each table. For use
 * within a group of writes; others are put one by one.
 */
export class VectorInsert implements RowInsert<NewVector> {
  readonly sizeFor = sizeOfGroup;
  readonly #database: Database;
  readonly #vectors: BulkInsert<PlacedVector>;
  readonly #embeddings: BulkInsert<PlacedVector>;

  constructor(database: Database) {
    this.#database = database;
    this.#vectors = new BulkInsert(
      database,
      INSERT_VECTORS,
      "(?, ?, ?, ?)",
      (vectors) => vectors.flatMap(({ slot, sequence, id, json }) => [slot, sequence, id, json]),
    );
    this.#embeddings = new BulkInsert(
      database,
      INSERT_EMBEDDINGS,
      "(?, ?)",
      (vectors) => vectors.flatMap(({ slot, embedding }) => [slot, toBlob(embedding)]),
    );
  }

  run(vectors: readonly NewVector[]): void {
    this.#checkAllNew(vectors);
    const [lastSlot, lastSequence] = this.#last();
    const placed = vectors.map((vector, index): PlacedVector => ({
      ...vector,
      slot: lastSlot + 1 + index,
      sequence: lastSequence + 1 + index,
    }));
    const attributes = placed.flatMap(({ metadata, slot }) =>
      attributesOf(metadata).map((attribute) => [attribute, slot])
    );
    whole(this.#database, () => {
      this.#vectors.runAll(placed);
      this.#embeddings.runAll(placed);
      this.#database.prepare(INSERT_ATTRIBUTES).run(JSON.stringify(attributes));
    });
  }

  /** Throws unless these may be inserted as they are. What is wrong is found out one by one. */
  #checkAllNew(vectors: readonly NewVector[]): void {
    const ids = vectors.map(({ id }) => id);
    const dimensions = storedDimensions(this.#database) ?? vectors[0]?.embedding.length;
    const isAllNew = new Set(ids).size === ids.length &&
      vectors.every(({ embedding }) => embedding.length === dimensions) &&
      this.#database.prepare(SELECT_KNOWN).get(JSON.stringify(ids)) === undefined &&
      this.#database.prepare(SELECT_FREE).get() === undefined;
    if (!isAllNew) throw new RangeError("not all of these vectors are new");
  }

  #last(): readonly [slot: number, sequence: number] {
    return this.#database.prepare<[number, number]>(SELECT_LAST).get() ?? [-1, 0];
  }
}

/** Whether a vector may be inserted together with others. */
export function isSmall({ embedding, json }: NewVector): boolean {
  return embedding.length <= MAX_DIMENSIONS && json.length <= MAX_METADATA;
}
