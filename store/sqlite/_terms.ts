// SPDX-License-Identifier: Apache-2.0

import type { Database } from "./_database.ts";

const SELECT_NUMBER = "SELECT number FROM terms WHERE text = ?";
const INSERT = "INSERT INTO terms (text) VALUES (?) RETURNING number";

/** The numbers that stand for ids and words in a knowledge database. */
export class Terms {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Gives the number of a text; undefined when it was never kept. */
  find(text: string): number | undefined {
    return this.#database.prepare<[number]>(SELECT_NUMBER).get(text)?.[0];
  }

  /** Gives the number of a text, adding it when it is new. For use within a transaction. */
  obtain(text: string): number {
    const number = this.find(text) ?? this.#database.prepare<[number]>(INSERT).get(text)?.[0];
    if (number === undefined) throw new TypeError("SQLite returned no row for an insert");
    return number;
  }
}
