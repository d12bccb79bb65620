// SPDX-License-Identifier: Apache-2.0

import type { Schema } from "../_migrate.ts";

/**
 * `vectors.db`: the embeddings, and codes made from them.
 *
 * A vector has a slot, its place among the codes. A slot without an id is free and is used again. Each
 * change of a slot takes the next sequence number, so whoever holds codes in memory can ask what has
 * changed since. `codes` is a cache: its highest sequence tells up to which change it is complete.
 */
export const VECTOR_SCHEMA: Schema = {
  kind: "vectors",
  migrations: [{
    name: "0001_vectors",
    sql: `
      CREATE TABLE vectors (
        slot INTEGER PRIMARY KEY,
        sequence INTEGER NOT NULL UNIQUE,
        id TEXT UNIQUE,
        metadata TEXT NOT NULL
      ) STRICT;
      CREATE INDEX free_slots ON vectors (slot) WHERE id IS NULL;

      CREATE TABLE embeddings (
        slot INTEGER PRIMARY KEY,
        value BLOB NOT NULL
      ) STRICT;

      CREATE TABLE attributes (
        attribute TEXT NOT NULL,
        slot INTEGER NOT NULL,
        PRIMARY KEY (attribute, slot)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE codes (
        chunk INTEGER PRIMARY KEY,
        sequence INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        bytes BLOB NOT NULL
      ) STRICT;
    `,
  }],
};
