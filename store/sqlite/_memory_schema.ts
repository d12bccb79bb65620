// SPDX-License-Identifier: Apache-2.0

import type { Schema } from "./_migrate.ts";

/**
 * `memory.db`: searchable messages and summaries.
 *
 * The text index holds no text of its own (external content). The workspace is one of its columns, so
 * that a search in a small workspace reads little of a large index. `search_text` is kept only where it
 * differs from the content: in scripts without spaces.
 */
export const MEMORY_SCHEMA: Schema = {
  kind: "memory",
  migrations: [
    {
      name: "0001_messages",
      sql: `
        CREATE TABLE workspaces (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;

        CREATE TABLE messages (
          number INTEGER PRIMARY KEY,
          workspace INTEGER NOT NULL REFERENCES workspaces (number),
          session_id TEXT NOT NULL,
          id TEXT NOT NULL,
          role TEXT NOT NULL,
          content TEXT NOT NULL,
          tool_call_id TEXT NOT NULL,
          tool_name TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          metadata TEXT NOT NULL,
          search_text TEXT,
          UNIQUE (workspace, id)
        ) STRICT;
        CREATE INDEX messages_by_time ON messages (workspace, created_at);

        CREATE VIEW indexed_messages AS
          SELECT number, 'w' || workspace AS workspace, coalesce(search_text, content) AS content
          FROM messages;
        CREATE VIRTUAL TABLE messages_text USING fts5(
          workspace, content, content = 'indexed_messages', content_rowid = 'number',
          tokenize = "porter unicode61 remove_diacritics 2 categories 'L* N* Co So'"
        );
        CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN
          INSERT INTO messages_text (rowid, workspace, content)
          VALUES (new.number, 'w' || new.workspace, coalesce(new.search_text, new.content));
        END;
        CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
          INSERT INTO messages_text (messages_text, rowid, workspace, content)
          VALUES ('delete', old.number, 'w' || old.workspace, coalesce(old.search_text, old.content));
        END;
      `,
    },
    {
      name: "0002_summaries",
      sql: `
        CREATE TABLE summaries (
          workspace INTEGER NOT NULL REFERENCES workspaces (number),
          id TEXT NOT NULL,
          from_time INTEGER NOT NULL,
          to_time INTEGER NOT NULL,
          content TEXT NOT NULL,
          message_ids TEXT NOT NULL,
          status TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          UNIQUE (workspace, id)
        ) STRICT;
        CREATE INDEX summaries_by_time ON summaries (workspace, status, from_time);
        CREATE INDEX summaries_by_age ON summaries (workspace, status, created_at, id);
      `,
    },
  ],
};
