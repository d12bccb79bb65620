// SPDX-License-Identifier: Apache-2.0

import { DatabaseSync, type StatementSync } from "node:sqlite";

/** The least that keeping messages can cost: `node:sqlite` by hand, each write its own transaction. */
export interface Floor extends Disposable {
  /** Adds a message, and commits it. */
  append(id: string, content: string): void;
  /** Gives one message by its id. */
  get(id: string): unknown;
  /** Gives the newest messages, oldest first. */
  window(limit: number): readonly unknown[];
}

/** Opens the floor on a file, with the settings of the store that is measured against it. */
export function openFloor(path: string): Floor {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -65536;
    PRAGMA mmap_size = 268435456;
    CREATE TABLE messages (number INTEGER PRIMARY KEY, id TEXT UNIQUE, content TEXT, created_at INTEGER)
      STRICT;
  `);
  const insert = database.prepare(
    "INSERT INTO messages (id, content, created_at) VALUES (?, ?, ?)",
  );
  const select = database.prepare("SELECT id, content, created_at FROM messages WHERE id = ?");
  const newest = database.prepare(
    "SELECT id, content, created_at FROM messages ORDER BY number DESC LIMIT ?",
  );
  readLists(select);
  readLists(newest);
  return {
    append: (id, content) => void insert.run(id, content, Date.now()),
    get: (id) => toMessage(select.get(id)),
    window: (limit) => newest.all(limit).map(toMessage).reverse(),
    [Symbol.dispose]: () => database.close(),
  };
}

function toMessage(row: unknown): unknown {
  if (!Array.isArray(row)) return undefined;
  const [id, content, createdAt] = row;
  return { id, content, createdAt: new Date(createdAt) };
}

/** Deno has this method; its types do not have it yet. */
function readLists(statement: StatementSync): void {
  if ("setReturnArrays" in statement && typeof statement.setReturnArrays === "function") {
    statement.setReturnArrays(true);
  }
}
