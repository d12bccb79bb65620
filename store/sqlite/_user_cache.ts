// SPDX-License-Identifier: Apache-2.0

import type { User } from "../user_store.ts";
import type { Database } from "./_database.ts";
import { ForeignWrites } from "./_foreign_writes.ts";

/** How many users are kept. */
const MAX_USERS = 1000;

/**
 * The users who were asked for, as they lie in the file: who speaks is looked up in every turn, and
 * should not have to wait for the entries of the audit log that are about to be written.
 *
 * Nothing is given while a write to any user waits, nor after another connection has written to the
 * file. What is given are copies, and what is taken in is nobody else's.
 */
export class UserCache {
  readonly #foreign: ForeignWrites;
  readonly #known = new Map<string, User>();
  #writes = 0;

  constructor(database: Database) {
    this.#foreign = new ForeignWrites(database);
  }

  /** Gives a user. */
  find(id: string): User | undefined {
    if (this.#foreign.happened()) this.#known.clear();
    const user = this.#known.get(id);
    return user && copy(user);
  }

  /** Takes in a user as just read. */
  keep(user: User): void {
    if (this.#writes > 0) return;
    if (this.#known.size >= MAX_USERS) this.#known.clear();
    this.#known.set(user.id, copy(user));
  }

  /** Runs a write to users. Nothing is known of any until it is over. */
  async write(run: () => Promise<void>): Promise<void> {
    this.#writes++;
    this.#known.clear();
    try {
      await run();
    } finally {
      this.#writes--;
    }
  }
}

function copy(user: User): User {
  return {
    ...user,
    identities: user.identities.map((identity) => ({ ...identity })),
    createdAt: new Date(user.createdAt),
    updatedAt: new Date(user.updatedAt),
  };
}
