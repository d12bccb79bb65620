// SPDX-License-Identifier: Apache-2.0

import type { Schema } from "./_migrate.ts";

/** `sessions.db`: sessions, and the messages of each in the order of their moments. */
export const SESSION_SCHEMA: Schema = {
  kind: "sessions",
  migrations: [{
    name: "0001_sessions",
    sql: `
      CREATE TABLE sessions (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        workspace_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        summary TEXT NOT NULL,
        last_compaction INTEGER,
        model_override TEXT NOT NULL,
        tool_max_per_turn INTEGER NOT NULL,
        tool_max_per_session INTEGER NOT NULL,
        tool_used INTEGER NOT NULL,
        token_max_per_session INTEGER NOT NULL,
        token_max_per_hour INTEGER NOT NULL,
        token_max_per_day INTEGER NOT NULL,
        token_used_session INTEGER NOT NULL,
        token_used_hour INTEGER NOT NULL,
        token_used_day INTEGER NOT NULL,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX sessions_by_update ON sessions (workspace_id, updated_at DESC, id);

      CREATE TABLE messages (
        number INTEGER PRIMARY KEY,
        session INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
        id TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        content TEXT NOT NULL,
        tool_call_id TEXT NOT NULL,
        tool_name TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        metadata TEXT NOT NULL
      ) STRICT;
      CREATE INDEX messages_by_time ON messages (session, created_at);
    `,
  }],
};
