// SPDX-License-Identifier: Apache-2.0

import type { Schema } from "./_migrate.ts";

/**
 * `memory.db`: searchable messages and summaries.
 *
 * Each workspace that holds messages has a text index of its own besides, which is made and dropped in
 * code; see `_message_index.ts`. `messages` of a workspace says how many it holds.
 */
export const MEMORY_SCHEMA: Schema = {
  kind: "memory",
  migrations: [
    {
      name: "0001_messages_by_workspace",
      sql: `
        CREATE TABLE workspaces (
          number INTEGER PRIMARY KEY,
          id TEXT NOT NULL UNIQUE,
          messages INTEGER NOT NULL DEFAULT 0
        ) STRICT;

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
          UNIQUE (workspace, id)
        ) STRICT;
        CREATE INDEX messages_by_time ON messages (workspace, created_at);
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
