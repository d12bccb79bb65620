// SPDX-License-Identifier: Apache-2.0

import type { Database } from "./_database.ts";

const SELECT = "SELECT number FROM workspaces WHERE id = ?";
const INSERT = "INSERT INTO workspaces (id) VALUES (?) RETURNING number";

/**
 * The numbers that stand for workspace ids within one file: a few bytes in each index entry in place of
 * the id.
 *
 * What is found within a transaction is not remembered before it is committed: once it was rolled back,
 * the number could become that of another workspace.
 */
export class Workspaces {
  readonly #database: Database;
  readonly #known = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
    database.onRollback(() => this.#known.clear());
  }

  /** Gives the number of a workspace; undefined when nothing was ever kept in it. For use in a read. */
  find(id: string): number | undefined {
    const number = this.findWithin(id);
    if (number !== undefined) this.remember(id, number);
    return number;
  }

  /** Gives the number of a workspace; undefined when nothing was ever kept in it. */
  findWithin(id: string): number | undefined {
    return this.#known.get(id) ?? this.#database.prepare<[number]>(SELECT).get(id)?.[0];
  }

  /** Gives the number of a workspace, adding it when it is new. For use within a transaction. */
  obtain(id: string): number {
    const number = this.findWithin(id) ?? this.#database.prepare<[number]>(INSERT).get(id)?.[0];
    if (number === undefined) throw new TypeError("SQLite returned no row for an insert");
    return number;
  }

  /** Remembers a number that has been committed. */
  remember(id: string, number: number): void {
    this.#known.set(id, number);
  }
}
