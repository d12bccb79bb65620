// SPDX-License-Identifier: Apache-2.0

import type { Database } from "./_database.ts";

const SELECT = "SELECT number FROM workspaces WHERE id = ?";
const INSERT = "INSERT INTO workspaces (id) VALUES (?) RETURNING number";

/**
 * The numbers that stand for workspace ids within one file: a few bytes in each index entry in place of
 * the id.
 */
export class Workspaces {
  readonly #database: Database;
  readonly #known = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Gives the number of a workspace; undefined when nothing was ever kept in it. */
  find(id: string): number | undefined {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const stored = this.#database.prepare<[number]>(SELECT).get(id)?.[0];
    if (stored !== undefined) this.#known.set(id, stored);
    return stored;
  }

  /**
   * Gives the number of a workspace, adding it when it is new. For use within a transaction.
   *
   * A new number is not remembered here: the transaction may yet be rolled back.
   */
  obtain(id: string): number {
    const number = this.find(id) ?? this.#database.prepare<[number]>(INSERT).get(id)?.[0];
    if (number === undefined) throw new TypeError("SQLite returned no row for an insert");
    return number;
  }
}
