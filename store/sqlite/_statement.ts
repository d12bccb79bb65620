// SPDX-License-Identifier: Apache-2.0

import type { StatementSync } from "node:sqlite";

/** What SQLite takes and gives. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** A row as a list of its columns: faster to read than an object, and typed by whoever wrote the SQL. */
export type SqlRow = readonly SqlValue[];

/** Deno has this method; its types do not have it yet. */
interface ArrayStatement extends StatementSync {
  setReturnArrays(enabled: boolean): void;
}

/** What prepares statements and keeps them. */
export interface Preparer {
  prepare(sql: string): Statement;
}

/** A prepared statement whose rows are lists. The type of a row is a promise of the SQL beside it. */
export class Statement<Row extends SqlRow = SqlRow> {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    (statement as ArrayStatement).setReturnArrays(true);
    this.#statement = statement;
  }

  /** Gives every row. */
  all(...values: SqlValue[]): Row[] {
    return this.#statement.all(...values) as unknown as Row[];
  }

  /** Gives the first row, if there is one. */
  get(...values: SqlValue[]): Row | undefined {
    return this.#statement.get(...values) as unknown as Row | undefined;
  }

  /** Gives the rows one by one. */
  iterate(...values: SqlValue[]): IterableIterator<Row> {
    return this.#statement.iterate(...values) as unknown as IterableIterator<Row>;
  }

  /** Runs an insert and gives the number of the row, which SQLite calls its rowid. */
  insert(...values: SqlValue[]): number {
    return Number(this.#statement.run(...values).lastInsertRowid);
  }

  /** Runs it and gives the number of rows that it changed. */
  run(...values: SqlValue[]): number {
    return Number(this.#statement.run(...values).changes);
  }
}
