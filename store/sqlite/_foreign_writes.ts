// SPDX-License-Identifier: Apache-2.0

import type { Database } from "./_database.ts";

/** Watches a file for what other connections write to it, for whoever remembers what it holds. */
export class ForeignWrites {
  readonly #database: Database;
  #version = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Tells whether another connection has written since this was asked last; true the first time. */
  happened(): boolean {
    const version = this.#database.foreignVersion();
    if (version === this.#version) return false;
    this.#version = version;
    return true;
  }
}
