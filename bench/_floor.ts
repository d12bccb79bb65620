// SPDX-License-Identifier: Apache-2.0

import { DatabaseSync } from "node:sqlite";

/** The least that adding messages can cost: `node:sqlite` by hand, same columns. */
export interface Floor extends Disposable {
  /** Adds a message, and commits it. */
  append(id: string, content: string): void;
  /** Adds messages one by one, and commits them in one transaction. */
  appendTogether(ids: readonly string[], content: string): void;
}

/** Opens the floor on a file, with the settings of the store that is measured against it. */
export function openFloor(
  path: string,
  durability: "normal" | "full" = "normal",
): Floor {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability};
    PRAGMA cache_size = -65536;
    PRAGMA temp_store = MEMORY;
    CREATE TABLE messages (
      number INTEGER PRIMARY KEY, session INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
      role TEXT NOT NULL, content TEXT NOT NULL, tool_call_id TEXT NOT NULL,
      tool_name TEXT NOT NULL, created_at INTEGER NOT NULL, metadata TEXT NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_time ON messages (session, created_at);
  `);
  const insert = database.prepare(
    `INSERT INTO messages (session, id, role, content, tool_call_id, tool_name, created_at, metadata)
     VALUES (1, ?, 'user', ?, '', '', ?, '{}')`,
  );
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const append = (id: string, content: string) => void insert.run(id, content, Date.now());
  return {
    append,
    appendTogether(ids, content) {
      begin.run();
      for (const id of ids) append(id, content);
      commit.run();
    },
    [Symbol.dispose]: () => database.close(),
  };
}
