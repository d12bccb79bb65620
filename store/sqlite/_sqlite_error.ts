// SPDX-License-Identifier: Apache-2.0

import { cannot, type Task } from "../_cannot.ts";
import { StoreError, type StoreErrorCode } from "../errors.ts";

/** SQLite's primary result codes that mean something to a caller. */
const CODES: Readonly<Record<number, StoreErrorCode>> = {
  5: "busy", // SQLITE_BUSY
  6: "busy", // SQLITE_LOCKED
  8: "read_only", // SQLITE_READONLY
  11: "corrupt", // SQLITE_CORRUPT
  13: "full", // SQLITE_FULL
  19: "conflict", // SQLITE_CONSTRAINT
  26: "corrupt", // SQLITE_NOTADB
};

/** `exec()` and opening give no result code, only SQLite's own sentence. */
const SENTENCES: readonly (readonly [string, StoreErrorCode])[] = [
  ["database is locked", "busy"],
  ["database table is locked", "busy"],
  ["readonly database", "read_only"],
  ["malformed", "corrupt"],
  ["file is not a database", "corrupt"],
  ["disk is full", "full"],
  ["constraint failed", "conflict"],
];

const REASONS: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  busy: "another process holds the lock on the database",
  read_only: "the database cannot be written; check the permissions of the file and its folder",
  corrupt: "the file is damaged or is not a database",
  full: "the disk is full",
  conflict: "that id is already taken",
};

/** Tells which of our codes an error of `node:sqlite` is; undefined for an error of something else. */
export function sqliteErrorCode(error: unknown): StoreErrorCode | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_SQLITE_ERROR") {
    return undefined;
  }
  if ("errcode" in error && typeof error.errcode === "number") {
    return CODES[error.errcode & 0xff] ?? "unavailable";
  }
  return SENTENCES.find(([sentence]) => error.message.includes(sentence))?.[1] ?? "unavailable";
}

/** Turns an error of `node:sqlite` into a {@linkcode StoreError}; gives any other error back as it is. */
export function toStoreError(error: unknown, task: Task): unknown {
  if (error instanceof StoreError) return error;
  const code = sqliteErrorCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  return cannot(task, code, REASONS[code] ?? error.message, error);
}
