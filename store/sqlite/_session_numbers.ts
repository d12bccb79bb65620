// SPDX-License-Identifier: Apache-2.0

import type { Database } from "./_database.ts";
import { ForeignWrites } from "./_foreign_writes.ts";

const SELECT = "SELECT number FROM sessions WHERE id = ?";
/** How many are remembered. */
const MAX_KNOWN = 10_000;

/**
 * The numbers that stand for the ids of sessions, which every message names: to look each up anew is a
 * tenth of what its insert costs.
 *
 * A number is another session's once its session was deleted, so nothing is remembered after another
 * connection has written to the file, nor after a write that it may come from was undone.
 */
export class SessionNumbers {
  readonly #database: Database;
  readonly #foreign: ForeignWrites;
  readonly #known = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
    this.#foreign = new ForeignWrites(database);
    database.onRollback(() => this.#known.clear());
  }

  /** To be called within each transaction before {@linkcode find}. */
  refresh(): void {
    if (this.#foreign.happened() || this.#known.size >= MAX_KNOWN) this.#known.clear();
  }

  /** Gives the number of a session; null when there is none. For use within a transaction. */
  find(id: string): number | null {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const number = this.#database.prepare<[number]>(SELECT).get(id)?.[0];
    if (number === undefined) return null;
    this.#known.set(id, number);
    return number;
  }

  /** Learns that a session is deleted. */
  forget(id: string): void {
    this.#known.delete(id);
  }
}
