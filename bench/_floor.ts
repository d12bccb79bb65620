// SPDX-License-Identifier: Apache-2.0

import { DatabaseSync, type StatementSync } from "node:sqlite";

/** The least that keeping messages can cost: `node:sqlite` by hand, same columns, each write its own transaction. */
export interface Floor extends Disposable {
  /** Adds a message, and commits it. */
  append(id: string, content: string): void;
  /** Gives one message by its id. */
  get(id: string): unknown;
  /** Gives the newest messages, oldest first. */
  window(limit: number): readonly unknown[];
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
  const columns = "id, role, content, tool_call_id, tool_name, created_at, metadata";
  const insert = database.prepare(
    `INSERT INTO messages (session, ${columns}) VALUES (1, ?, 'user', ?, '', '', ?, '{}')`,
  );
  const select = database.prepare(
    `SELECT ${columns} FROM messages WHERE id = ?`,
  );
  const newest = database.prepare(
    `SELECT ${columns} FROM messages WHERE session = 1
     ORDER BY created_at DESC, number DESC LIMIT ?`,
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
  const [id, role, content, toolCallId, toolName, createdAt, metadata] = row;
  return {
    id,
    role,
    content,
    toolCallId,
    toolName,
    createdAt: new Date(createdAt),
    metadata: JSON.parse(metadata),
  };
}

/** Deno has this method; its types do not have it yet. */
function readLists(statement: StatementSync): void {
  if (
    "setReturnArrays" in statement &&
    typeof statement.setReturnArrays === "function"
  ) {
    statement.setReturnArrays(true);
  }
}
