// SPDX-License-Identifier: Apache-2.0

import { DatabaseSync } from "node:sqlite";
import { PluginError } from "../errors.ts";

/** The longest key, in UTF-16 code units. */
const MAX_KEY_LENGTH = 512;

/** The largest value, in bytes. */
const MAX_VALUE_BYTES = 1024 * 1024;

/** All values of one plugin together, in bytes. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;

/** The key-value store of one plugin: a file of its own. */
export class KvStore implements Disposable {
  readonly #database: DatabaseSync;
  /** How much of the room is taken. */
  #bytes: number;

  /** Opens the store at `path`, making it when it is missing. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 5000 });
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS entries (
        key TEXT PRIMARY KEY,
        value BLOB NOT NULL
      ) WITHOUT ROWID, STRICT;
    `);
    this.#bytes = this.#sizeWhere("TRUE");
  }

  /** Gives a value; `undefined` when there is none. */
  get(key: string): Uint8Array | undefined {
    const row = this.#database.prepare("SELECT value FROM entries WHERE key = ?").get(checked(key));
    return row?.value instanceof Uint8Array ? row.value : undefined;
  }

  /** Keeps a value. */
  set(key: string, value: Uint8Array): void {
    checked(key);
    if (value.length > MAX_VALUE_BYTES) {
      throw refuse(key, `its value is larger than ${MAX_VALUE_BYTES} bytes`);
    }
    const size = new TextEncoder().encode(key).length + value.length;
    const bytes = this.#bytes - this.#sizeWhere("key = ?", key) + size;
    if (bytes > MAX_TOTAL_BYTES) throw refuse(key, `the store is full at ${MAX_TOTAL_BYTES} bytes`);
    this.#database.prepare(`
      INSERT INTO entries (key, value) VALUES (?, ?)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value
    `).run(key, value);
    this.#bytes = bytes;
  }

  /** Removes a value; tells whether there was one. */
  delete(key: string): boolean {
    const bytes = this.#bytes - this.#sizeWhere("key = ?", checked(key));
    const { changes } = this.#database.prepare("DELETE FROM entries WHERE key = ?").run(key);
    this.#bytes = bytes;
    return Number(changes) > 0;
  }

  /** Lists the keys that start with `prefix`, sorted. */
  list(prefix: string): readonly string[] {
    return this.#database
      .prepare("SELECT key FROM entries WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key")
      .all(prefix).map(({ key }) => String(key));
  }

  #sizeWhere(condition: string, ...values: readonly string[]): number {
    const size = "total(octet_length(key) + octet_length(value)) AS bytes";
    const row = this.#database.prepare(`SELECT ${size} FROM entries WHERE ${condition}`)
      .get(...values);
    return Number(row?.bytes ?? 0);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function checked(key: string): string {
  if (key === "") throw refuse(key, "a key is not empty");
  if (key.length > MAX_KEY_LENGTH) {
    throw refuse(key, `a key has at most ${MAX_KEY_LENGTH} characters`);
  }
  if (key.includes("\0") || !key.isWellFormed()) throw refuse(key, "a key is plain text");
  return key;
}

function refuse(key: string, reason: string): PluginError {
  const message = `Cannot use the key ${JSON.stringify(key.slice(0, 80))}: ${reason}`;
  return new PluginError("denied", message);
}
