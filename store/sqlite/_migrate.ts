// SPDX-License-Identifier: Apache-2.0

import type { DatabaseSync } from "node:sqlite";
import { cannot } from "../_cannot.ts";
import { Statement } from "./_statement.ts";

/** One step of a schema. A step that has shipped is never edited. */
export interface Migration {
  /** A number and a word, such as `0003_facts`. */
  readonly name: string;
  /** What it does, in SQL. */
  readonly sql: string;
}

/** The steps of one kind of database. */
export interface Schema {
  /** What the database holds, such as `sessions`: a file of another kind is refused. */
  readonly kind: string;
  /** The steps, the first first. */
  readonly migrations: readonly Migration[];
}

/** "SIGL": marks a file as ours in the header of SQLite's format. */
const APPLICATION_ID = 0x5349474c;

/**
 * Brings a database to the newest step of its schema, each step in a transaction of its own that also
 * records it: a step is done or not begun, whenever the process dies.
 */
export function migrate(database: DatabaseSync, path: string, schema: Schema): void {
  const applied = appliedSteps(database, path);
  checkHistory(path, schema, applied);
  for (const migration of schema.migrations.slice(applied.length)) {
    applyStep(database, path, schema, migration);
  }
}

/** Gives the recorded steps as `kind/name`, oldest first. An empty database has none. */
function appliedSteps(database: DatabaseSync, path: string): readonly string[] {
  const applicationId = pragma(database, "application_id");
  if (applicationId === APPLICATION_ID) return recordedSteps(database);
  const tables = new Statement<[number]>(database.prepare("SELECT count(*) FROM sqlite_schema"))
    .get();
  if (applicationId === 0 && tables?.[0] === 0) return [];
  throw cannot(
    { action: "open database", subject: path },
    "corrupt",
    "the file belongs to another program",
  );
}

function recordedSteps(database: DatabaseSync): readonly string[] {
  const rows = new Statement<[string, string]>(
    database.prepare("SELECT kind, name FROM sigil_migrations ORDER BY number"),
  ).all();
  return rows.map(([kind, name]) => `${kind}/${name}`);
}

function checkHistory(path: string, schema: Schema, applied: readonly string[]): void {
  const known = schema.migrations.map(({ name }) => `${schema.kind}/${name}`);
  const task = { action: "open database", subject: path };
  applied.forEach((step, index) => {
    if (step === known[index]) return;
    if (!step.startsWith(`${schema.kind}/`)) {
      throw cannot(task, "corrupt", `it holds ${step.split("/")[0]}, not ${schema.kind}`);
    }
    throw cannot(
      task,
      "too_new",
      `a newer version wrote it (step ${step}); update Sigil and try again`,
    );
  });
}

function applyStep(
  database: DatabaseSync,
  path: string,
  schema: Schema,
  migration: Migration,
): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have made this step while we waited for the lock.
    if (!appliedSteps(database, path).includes(`${schema.kind}/${migration.name}`)) {
      database.exec(`
        PRAGMA application_id = ${APPLICATION_ID};
        CREATE TABLE IF NOT EXISTS sigil_migrations (
          number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, applied_at TEXT NOT NULL
        ) STRICT;
      `);
      database.exec(migration.sql);
      database.prepare("INSERT INTO sigil_migrations (kind, name, applied_at) VALUES (?, ?, ?)")
        .run(schema.kind, migration.name, new Date().toISOString());
    }
    database.exec("COMMIT");
  } finally {
    if (database.isTransaction) database.exec("ROLLBACK");
  }
}

function pragma(database: DatabaseSync, name: string): unknown {
  return new Statement(database.prepare(`PRAGMA ${name}`)).get()?.[0];
}
