// SPDX-License-Identifier: Apache-2.0

import type { Preparer, SqlValue } from "./_statement.ts";

/** How many rows one statement inserts, the most first: each number has a statement of its own. */
const SIZES = [64, 16, 4, 1];

/** What takes several statements for a group is run row by row for fewer than this. */
const MIN_TOGETHER = 4;

/** Gives how many of so many rows go together where a group of any size does; 1 where none is worth it. */
export function sizeOfGroup(count: number): number {
  return count < MIN_TOGETHER ? 1 : count;
}

/**
 * Inserts rows of one kind, many with one statement: to call SQLite for each costs as much as what it does
 * with the row.
 */
export class BulkInsert<Row> {
  readonly #database: Preparer;
  readonly #sql: ReadonlyMap<number, string>;
  readonly #bind: (rows: readonly Row[]) => SqlValue[];

  /**
   * Takes the statement up to `VALUES`, the placeholders of one row, and what gives the values for those of
   * several rows, within the transaction.
   */
  constructor(
    database: Preparer,
    head: string,
    placeholders: string,
    bind: (rows: readonly Row[]) => SqlValue[],
  ) {
    this.#database = database;
    this.#bind = bind;
    this.#sql = new Map(SIZES.map((size) => {
      return [size, `${head} VALUES ${Array(size).fill(placeholders).join(", ")}`];
    }));
  }

  /** Gives how many of so many rows one statement inserts; 1 where it is not worth one of its own. */
  sizeFor(count: number): number {
    return SIZES.find((size) => size <= count) ?? 1;
  }

  /**
   * Inserts rows in their order, however many, with as few statements as that takes. If it throws, some
   * may have been inserted.
   *
   * @returns As {@linkcode run} does; 0 for no rows.
   */
  runAll(rows: readonly Row[]): number {
    let last = 0;
    for (let from = 0; from < rows.length;) {
      const part = rows.slice(from, from + this.sizeFor(rows.length - from));
      last = this.run(part);
      from += part.length;
    }
    return last;
  }

  /**
   * Inserts rows in their order: all of them, or none if it throws.
   *
   * @param rows As many as {@linkcode sizeFor} has given.
   * @returns The number (rowid) of the last. Those before it have the numbers just before.
   */
  run(rows: readonly Row[]): number {
    const sql = this.#sql.get(rows.length);
    if (sql === undefined) throw new RangeError(`no statement inserts ${rows.length} rows`);
    return this.#database.prepare(sql).insert(...this.#bind(rows));
  }
}
