// SPDX-License-Identifier: Apache-2.0

/** The floor once more, on better-sqlite3: the same tables, each write its own transaction. */

const COLUMNS = "id, role, content, tool_call_id, tool_name, created_at, metadata";

export async function load(load) {
  const { default: Database } = await load("better-sqlite3");
  let database, insert, select, newest;
  let last = 0;
  return {
    open(path, durability, content, stored) {
      database = new Database(path);
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
      insert = database.prepare(
        `INSERT INTO messages (session, ${COLUMNS}) VALUES (1, ?, 'user', ?, '', '', ?, '{}')`,
      );
      select = database.prepare(`SELECT ${COLUMNS} FROM messages WHERE id = ?`)
        .raw(true);
      newest = database.prepare(
        `SELECT ${COLUMNS} FROM messages WHERE session = 1
         ORDER BY created_at DESC, number DESC LIMIT ?`,
      ).raw(true);
      database.transaction(() => append(stored, content))();
    },
    read: (times) => time(times, () => toMessage(select.get(`m${last >> 1}`))),
    window: (times) => time(times, () => newest.all(20).map(toMessage).reverse()),
    append: (groups, count, content) => time(groups, () => append(count, content)) / count,
    close: () => void database.close(),
  };

  function append(count, content) {
    for (let n = 0; n < count; n++) {
      insert.run(`m${++last}`, content, Date.now());
    }
  }
}

function toMessage(
  [id, role, content, toolCallId, toolName, createdAt, metadata],
) {
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

function time(times, run) {
  const start = performance.now();
  for (let n = 0; n < times; n++) run();
  return (performance.now() - start) / times;
}
