// SPDX-License-Identifier: Apache-2.0

import type { Schema } from "./_migrate.ts";

/**
 * How many entries of the audit log are indexed at once: all up to the last whole multiple of it are.
 * The step below has shipped with it, so it stays.
 */
export const AUDIT_BATCH = 64;

/** `gateway.db`: users, their identities and pairings, and the audit log. */
export const GATEWAY_SCHEMA: Schema = {
  kind: "gateway",
  migrations: [
    {
      name: "0001_users",
      sql: `
        CREATE TABLE users (
          number INTEGER PRIMARY KEY,
          id TEXT NOT NULL UNIQUE,
          name TEXT NOT NULL,
          role TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX users_by_name ON users (name, id);

        CREATE TABLE user_identities (
          user INTEGER NOT NULL REFERENCES users (number) ON DELETE CASCADE,
          position INTEGER NOT NULL,
          channel TEXT NOT NULL,
          platform_id TEXT NOT NULL,
          PRIMARY KEY (user, position),
          UNIQUE (channel, platform_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE pairings (
          number INTEGER PRIMARY KEY,
          id TEXT NOT NULL UNIQUE,
          user INTEGER NOT NULL REFERENCES users (number) ON DELETE CASCADE,
          channel_type TEXT NOT NULL,
          channel_id TEXT NOT NULL,
          workspace_id TEXT NOT NULL,
          status TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          UNIQUE (channel_type, channel_id, user)
        ) STRICT;
        CREATE INDEX pairings_by_user ON pairings (user, created_at, id);
      `,
    },
    {
      name: "0002_audit_log",
      sql: `
        CREATE TABLE audit_log (
          number INTEGER PRIMARY KEY,
          id TEXT NOT NULL UNIQUE,
          timestamp INTEGER NOT NULL,
          action TEXT NOT NULL,
          actor TEXT NOT NULL,
          plugin TEXT NOT NULL,
          workspace_id TEXT NOT NULL,
          session_id TEXT NOT NULL,
          details TEXT NOT NULL,
          result TEXT NOT NULL,
          hash BLOB NOT NULL
        ) STRICT;
        CREATE INDEX audit_log_by_time ON audit_log (timestamp);
        CREATE INDEX audit_log_by_action ON audit_log (action, timestamp);
        CREATE INDEX audit_log_by_actor ON audit_log (actor, timestamp);
        CREATE INDEX audit_log_by_plugin ON audit_log (plugin, timestamp) WHERE plugin <> '';
        CREATE INDEX audit_log_by_workspace ON audit_log (workspace_id, timestamp) WHERE workspace_id <> '';
      `,
    },
    {
      // An index is cheap to extend by a batch of rows, and dear to extend by each of them.
      name: "0003_audit_log_batches",
      sql: `
        DROP INDEX audit_log_by_time;
        DROP INDEX audit_log_by_action;
        DROP INDEX audit_log_by_actor;
        DROP INDEX audit_log_by_plugin;
        DROP INDEX audit_log_by_workspace;
        ALTER TABLE audit_log ADD COLUMN is_indexed INTEGER NOT NULL DEFAULT 0;
        UPDATE audit_log SET is_indexed = 1
          WHERE number <= (SELECT max(number) FROM audit_log) / ${AUDIT_BATCH} * ${AUDIT_BATCH};
        CREATE INDEX audit_log_by_time ON audit_log (timestamp) WHERE is_indexed;
        CREATE INDEX audit_log_by_action ON audit_log (action, timestamp) WHERE is_indexed;
        CREATE INDEX audit_log_by_actor ON audit_log (actor, timestamp) WHERE is_indexed;
        CREATE INDEX audit_log_by_plugin ON audit_log (plugin, timestamp)
          WHERE is_indexed AND plugin <> '';
        CREATE INDEX audit_log_by_workspace ON audit_log (workspace_id, timestamp)
          WHERE is_indexed AND workspace_id <> '';
      `,
    },
  ],
};
