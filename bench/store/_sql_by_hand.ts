// SPDX-License-Identifier: Apache-2.0

import { DatabaseSync, type StatementSync } from "node:sqlite";

/** What the floor binds and reads. */
export type Value = string | number | null;

/** A prepared statement whose rows are lists. */
export interface ByHand {
  /** Gives every row. */
  all(...values: Value[]): readonly (readonly Value[])[];
  /** Gives the first row. */
  get(...values: Value[]): readonly Value[] | undefined;
  /** Runs it. */
  run(...values: Value[]): void;
}

/** Opens a database by hand, with the settings that the store has. */
export function openByHand(
  path: string,
  durability: "normal" | "full" = "normal",
): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability === "full" ? "FULL" : "NORMAL"};
    PRAGMA cache_size = -65536;
    PRAGMA temp_store = MEMORY;
  `);
  return database;
}

/** Prepares a statement whose rows are lists. */
export function prepare(database: DatabaseSync, sql: string): ByHand {
  const statement = database.prepare(sql) as StatementSync & {
    setReturnArrays(enabled: boolean): void; // Deno has this method; its types do not have it yet.
  };
  statement.setReturnArrays(true);
  return statement as unknown as ByHand;
}
