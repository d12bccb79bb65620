// SPDX-License-Identifier: Apache-2.0

import { momentOf, timeOrderedId, workspaceOf } from "./_data.ts";
import { openByHand, prepare } from "./_sql_by_hand.ts";

/** Messages in FTS5 as it is first written: one index for all, and the workspace a column beside it. */
export interface PlainFts extends Disposable {
  /** Adds the messages of a range of indexes. */
  fill(from: number, to: number, text: () => string): void;
  /** Gives the best messages, of one workspace if it is named. */
  search(word: string, limit: number, workspace?: string): readonly unknown[];
  /** Gives every text. */
  texts(): readonly string[];
  /** Gives how many bytes the texts have. */
  textBytes(): number;
}

/** Opens a new one. */
export function openPlainFts(path: string): PlainFts {
  const database = openByHand(path);
  database.exec(`
    CREATE TABLE messages (
      number INTEGER PRIMARY KEY, workspace TEXT NOT NULL, session_id TEXT NOT NULL, id TEXT NOT NULL,
      role TEXT NOT NULL, content TEXT NOT NULL, tool_call_id TEXT NOT NULL, tool_name TEXT NOT NULL,
      created_at INTEGER NOT NULL, metadata TEXT NOT NULL, UNIQUE (workspace, id)
    ) STRICT;
    CREATE INDEX messages_by_time ON messages (workspace, created_at);
    CREATE VIRTUAL TABLE found USING fts5(
      content, content = 'messages', content_rowid = 'number', tokenize = 'porter unicode61');
    CREATE TRIGGER inserted AFTER INSERT ON messages BEGIN
      INSERT INTO found (rowid, content) VALUES (new.number, new.content);
    END;
  `);
  const columns = "session_id, id, role, content, tool_call_id, tool_name, created_at, metadata";
  const insert = prepare(
    database,
    `INSERT INTO messages (workspace, ${columns}) VALUES (?, ?, ?, 'user', ?, '', '', ?, '{}')`,
  );
  const selected = columns.replace("content", "messages.content");
  const within = prepare(
    database,
    `
    SELECT ${selected}, bm25(found) AS score FROM found JOIN messages ON number = found.rowid
    WHERE found MATCH ? AND workspace = ? ORDER BY score LIMIT ?`,
  );
  const everywhere = prepare(
    database,
    `
    SELECT ${columns}, score FROM (
      SELECT rowid AS hit, bm25(found) AS score FROM found WHERE found MATCH ? ORDER BY score LIMIT ?
    ) CROSS JOIN messages ON number = hit ORDER BY score`,
  );
  return {
    fill(from, to, text) {
      for (let first = from; first < to; first += 1000) {
        database.exec("BEGIN");
        for (let index = first; index < Math.min(to, first + 1000); index++) {
          const session = `s${Math.floor(index / 1000)}`;
          insert.run(
            workspaceOf(index),
            session,
            timeOrderedId(index),
            text(),
            momentOf(index).getTime(),
          );
        }
        database.exec("COMMIT");
      }
    },
    search: (word, limit, workspace) =>
      (workspace === undefined
        ? everywhere.all(`"${word}"`, limit)
        : within.all(`"${word}"`, workspace, limit)).map(toHit),
    texts: () =>
      prepare(database, "SELECT content FROM messages").all().map(([text]) => String(text)),
    textBytes: () =>
      Number(
        prepare(database, "SELECT sum(octet_length(content)) FROM messages")
          .get()?.[0],
      ),
    [Symbol.dispose]: () => database.close(),
  };
}

function toHit(row: readonly unknown[]): unknown {
  const [
    sessionId,
    id,
    role,
    content,
    toolCallId,
    toolName,
    createdAt,
    metadata,
    score,
  ] = row;
  return {
    sessionId,
    id,
    role,
    content,
    toolCallId,
    toolName,
    createdAt: new Date(Number(createdAt)),
    metadata: JSON.parse(String(metadata)),
    score: -Number(score),
  };
}
