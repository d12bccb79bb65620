// SPDX-License-Identifier: Apache-2.0

import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { cannot, type Task } from "../_cannot.ts";
import { LogSync } from "./_log_sync.ts";
import { migrate, type Schema } from "./_migrate.ts";
import { sqliteErrorCode, toStoreError } from "./_sqlite_error.ts";
import { Reader } from "./_reader.ts";
import { type SqlRow, type SqlValue, Statement } from "./_statement.ts";
import { type RowInsert, type Write, WriteQueue } from "./_write_queue.ts";

/** How a database is kept. */
export interface DatabaseOptions {
  /**
   * What a resolved write survives: `normal` the death of the process, `full` also a power cut, at
   * the price of one fsync for each group of writes.
   *
   * @default {"normal"}
   */
  readonly durability?: "normal" | "full" | undefined;
  /**
   * How long a write waits for another process, in milliseconds.
   *
   * @default {5000}
   */
  readonly busyTimeoutMs?: number | undefined;
}

/** Options of an insert. */
export interface InsertOptions {
  /** Takes it back, as long as it waits. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether it alone takes several statements, all of which are to be kept or none.
   *
   * @default {false}
   */
  readonly hasSteps?: boolean | undefined;
}

const DEFAULT_BUSY_TIMEOUT_MS = 5000;
/** How long SQLite itself may block the event loop for a lock, once the database is open. */
const BLOCKING_TIMEOUT_MS = 20;
const IN_MEMORY = ":memory:";
/**
 * How many KiB of pages are kept in memory: enough for what is appended and read again soon. The graph
 * alone is read all over; long searches have a connection of their own.
 */
const CACHE_KIB = 4096;
const CACHE_KIB_OF: Readonly<Record<string, number>> = { knowledge: 65536, memory: 8192 };
/**
 * So many prepared statements are kept: far more than those that name no workspace. Each workspace has
 * some of its own, and there may be any number of workspaces.
 */
const MAX_STATEMENTS = 500;

/** An open SQLite file: reads at once, writes in groups, and every error with a code of ours. */
export class Database {
  /** Where it lies; `:memory:` for nowhere. */
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #queue: WriteQueue;
  readonly #statements = new Map<string, Statement>();
  readonly #busyTimeoutMs: number;
  readonly #log: LogSync | undefined;
  #reader: Reader | undefined;
  #closing: Promise<void> | undefined;

  /** Use {@linkcode openDatabase}. */
  constructor(path: string, database: DatabaseSync, busyTimeoutMs: number, log?: LogSync) {
    this.path = path;
    this.#database = database;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#log = log;
    this.#queue = new WriteQueue(database, busyTimeoutMs, (writes) => log?.committed(writes));
  }

  /** Gives the prepared statement of an SQL text: the same one for the same text, unless it is long ago. */
  prepare<Row extends SqlRow>(sql: string): Statement<Row> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known as Statement<Row>;
    const statement = new Statement<Row>(this.#database.prepare(sql));
    this.#statements.set(sql, statement);
    if (this.#statements.size > MAX_STATEMENTS) this.#forgetOldest();
    return statement;
  }

  /** Throws if nothing may be read any more, or the signal's reason. */
  checkReadable(task: Task, signal?: AbortSignal): void {
    signal?.throwIfAborted();
    this.#checkOpen(task);
  }

  /** Whether a write waits. */
  get hasPending(): boolean {
    return this.#queue.hasPending;
  }

  /** Resolves when no write waits. */
  drain(): Promise<void> {
    return this.#queue.drain();
  }

  /** Runs a read, after every write that was asked for before it. */
  async read<T>(task: Task, run: () => T, signal?: AbortSignal): Promise<T> {
    this.checkReadable(task, signal);
    if (this.#queue.hasPending) await this.#queue.drain();
    return this.#attempt(task, run);
  }

  /**
   * Gives what is known already, or else runs a read. Who knows has to see to it that no write which
   * was asked for before is missing. To be awaited; a promise for each would be a tenth of a small read.
   */
  readUnlessKnown<T>(
    task: Task,
    known: () => T | undefined,
    run: () => T,
    signal?: AbortSignal,
  ): T | Promise<T> {
    this.checkReadable(task, signal);
    const value = this.#attempt(task, known);
    if (value !== undefined) return value;
    return this.#queue.hasPending ? this.read(task, run, signal) : this.#attempt(task, run);
  }

  /** Gives a number that is another one once another connection has written to the file. */
  foreignVersion(): number {
    return this.prepare<[number]>("PRAGMA data_version").get()?.[0] ?? 0;
  }

  /**
   * Runs a query that may take long on a thread of its own, after every write that was asked for
   * before it. A database in memory has no file that another thread could read, and is read at once.
   */
  async readLong<Row extends SqlRow>(
    task: Task,
    sql: string,
    values: readonly SqlValue[],
    signal?: AbortSignal,
  ): Promise<readonly Row[]> {
    if (this.path === IN_MEMORY) {
      return await this.read(task, () => this.prepare<Row>(sql).all(...values), signal);
    }
    this.checkReadable(task, signal);
    if (this.#queue.hasPending) await this.#queue.drain();
    this.#reader ??= new Reader(this.path, this.#busyTimeoutMs);
    try {
      return await this.#reader.all<Row>(sql, values, signal);
    } catch (error) {
      throw toStoreError(error, task);
    }
  }

  /** Runs a write of one statement, which SQLite itself keeps whole. Resolves once it is on disk. */
  write<T>(task: Task, run: () => T, signal?: AbortSignal): Promise<T> {
    return this.#add({ task, run, signal, hasSteps: false });
  }

  /**
   * Inserts a row, with `bulk` together with its neighbours in the queue if these are for the same
   * `insert`. `run` does it alone, and says why it cannot be done. Resolves once it is on disk.
   */
  insert<Row>(
    task: Task,
    run: () => void,
    bulk: { readonly insert: RowInsert<Row>; readonly row: Row } | undefined,
    options: InsertOptions = {},
  ): Promise<void> {
    const { signal, hasSteps = false } = options;
    return this.#add({ task, run, signal, hasSteps, bulk });
  }

  /** Runs a write of several statements, all of which are kept or none. Resolves once they are on disk. */
  transaction<T>(task: Task, run: () => T, signal?: AbortSignal): Promise<T> {
    return this.#add({ task, run, signal, hasSteps: true });
  }

  /** Has something called whenever writes that ran are undone: whatever they had learnt is void. */
  onRollback(forget: () => void): void {
    this.#queue.onRollback(forget);
  }

  /** Writes what waits and closes. Calling it again does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#queue.drain();
      await this.#reader?.close();
      await this.#log?.close();
    } finally {
      this.#database.close();
    }
  }

  #add<T>(write: Write<T>): Promise<T> {
    if (write.signal?.aborted) return Promise.reject(write.signal.reason);
    try {
      this.#checkOpen(write.task);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#queue.add(write);
  }

  #attempt<T>(task: Task, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw toStoreError(error, task);
    }
  }

  /** The one that was prepared first: if it is still in use, it is prepared again. */
  #forgetOldest(): void {
    const [oldest] = this.#statements.keys();
    if (oldest !== undefined) this.#statements.delete(oldest);
  }

  #checkOpen(task: Task): void {
    if (this.#closing !== undefined) throw cannot(task, "closed", "the store is closed");
  }
}

/**
 * Opens the database at `path`, creating it readable by its owner only, or bringing it to the newest
 * step of `schema`.
 *
 * @throws {StoreError} With code `corrupt`, `too_new`, `busy`, `full`, `read_only`, or `unavailable`.
 */
export function openDatabase(
  path: string,
  schema: Schema,
  options: DatabaseOptions = {},
  engineOptions: DatabaseSyncOptions = {},
  prepareEngine: (database: DatabaseSync) => void = () => {},
): Database {
  const task = { action: "open database", subject: path };
  const busyTimeoutMs = options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS;
  if (path !== IN_MEMORY) createPrivateFile(path);
  let database: DatabaseSync | undefined;
  try {
    const settings = { ...engineOptions, timeout: busyTimeoutMs, defensive: true };
    database = new DatabaseSync(path, settings);
    prepareEngine(database);
    setUp(database, options.durability ?? "normal", CACHE_KIB_OF[schema.kind] ?? CACHE_KIB);
    migrate(database, path, schema);
    database.exec(`PRAGMA busy_timeout = ${BLOCKING_TIMEOUT_MS}`);
    // With durability "full" each commit puts the log on disk itself.
    const isSynced = path === IN_MEMORY || options.durability === "full";
    return new Database(path, database, busyTimeoutMs, isSynced ? undefined : new LogSync(path));
  } catch (error) {
    database?.close();
    throw sqliteErrorCode(error) === "unavailable"
      ? unopened(error, task)
      : toStoreError(error, task);
  }
}

/** Makes the file if there is none: SQLite would make it readable by others, and its WAL beside it. */
function createPrivateFile(path: string): void {
  const task = { action: "open database", subject: path };
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    if (!(error instanceof Deno.errors.AlreadyExists)) throw unopened(error, task);
    if (isDirectory(path)) throw cannot(task, "unavailable", "it is a directory");
  }
}

function isDirectory(path: string): boolean {
  return Deno.statSync(path).isDirectory;
}

/** Says why a file could not be opened, which SQLite does not. */
function unopened(error: unknown, task: Task): unknown {
  const cause = error instanceof Deno.errors.NotFound || isReadOnly(error)
    ? error
    : probe(task.subject) ?? error;
  if (cause instanceof Deno.errors.NotFound) {
    return cannot(task, "unavailable", "its folder does not exist", error);
  }
  if (isReadOnly(cause)) return cannot(task, "read_only", "its folder cannot be written", error);
  return cannot(task, "unavailable", error instanceof Error ? error.message : String(error), error);
}

function probe(path: string): unknown {
  try {
    Deno.openSync(path, { write: true }).close();
  } catch (error) {
    return error;
  }
}

function isReadOnly(error: unknown): boolean {
  if (error instanceof Deno.errors.PermissionDenied) return true;
  return error instanceof Error && "code" in error && error.code === "EROFS";
}

function setUp(database: DatabaseSync, durability: "normal" | "full", cacheKib: number): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability === "full" ? "FULL" : "NORMAL"};
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -${cacheKib};
    PRAGMA temp_store = MEMORY;
    PRAGMA journal_size_limit = 67108864;
  `);
}
