// SPDX-License-Identifier: Apache-2.0

import type { Schema } from "../sqlite/_migrate.ts";

/**
 * `vectors.db` with sqlite-vec. The virtual table `embeddings` is not here: its length is fixed, so it
 * is made with the first embedding and dropped with the last; `collection` has a row while it exists.
 */
export const SQLITE_VEC_SCHEMA: Schema = {
  kind: "sqlite_vec_vectors",
  migrations: [{
    name: "0001_vectors",
    sql: `
      CREATE TABLE vectors (
        slot INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        metadata TEXT NOT NULL
      ) STRICT;

      CREATE TABLE attributes (
        attribute TEXT NOT NULL,
        slot INTEGER NOT NULL,
        PRIMARY KEY (attribute, slot)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE collection (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        dimensions INTEGER NOT NULL
      ) STRICT;
    `,
  }],
};
