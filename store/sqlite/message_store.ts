// SPDX-License-Identifier: Apache-2.0

import { checkSearch } from "../_arguments.ts";
import type { Task } from "../_cannot.ts";
import { completeMessage } from "../_complete.ts";
import { parseSearchQuery } from "../_search_query.ts";
import { checkCount, checkKey, checkKeys, checkRange, MAX_LIMIT } from "../_validate.ts";
import type { Message, MessageInput } from "../message.ts";
import type { MessageHit, MessageStore, SearchOptions } from "../message_store.ts";
import type { CallOptions, ListOptions, TimeRange } from "../options.ts";
import { type Database, type DatabaseOptions, openDatabase } from "./_database.ts";
import { toFtsQuery, toWordsQuery } from "./_fts_query.ts";
import { MEMORY_SCHEMA } from "./_memory_schema.ts";
import { MessageIndex, tableOf } from "./_message_index.ts";
import { MessageInsert, type NewMessage } from "./_message_insert.ts";
import {
  fromMessageRow,
  isShort,
  MESSAGE_COLUMNS,
  type MessageRow,
  toMessageRow,
} from "./_message_row.ts";
import type { SqlValue } from "./_statement.ts";
import { Workspaces } from "./_workspaces.ts";

type StoredRow = readonly [...MessageRow, sessionId: string];
type HitRow = readonly [...StoredRow, score: number];

const STORED_COLUMNS = `${MESSAGE_COLUMNS}, session_id`;
const SELECT_RANGE = `
  SELECT ${STORED_COLUMNS} FROM messages WHERE workspace = ? AND created_at >= ? AND created_at < ?
  ORDER BY created_at, number LIMIT ? OFFSET ?`;
const SELECT_OLDEST = `
  SELECT ${STORED_COLUMNS} FROM messages WHERE workspace = ? ORDER BY created_at, number LIMIT ?`;
const TRIM = `
  DELETE FROM messages WHERE number IN (
    SELECT number FROM messages WHERE workspace = ? ORDER BY created_at DESC, number DESC LIMIT -1 OFFSET ?)
  RETURNING number`;
const DELETE = `
  DELETE FROM messages WHERE workspace = ? AND id IN (SELECT value FROM json_each(?)) RETURNING number`;
const NO_LIMIT = -1;
/** In more messages than this, a search for a common word keeps timers waiting. */
const SMALL_MEMORY = 20_000;

/**
 * Opens the message database at `path`, creating or upgrading it.
 *
 * Requires `--allow-read` and `--allow-write` for `path`; none for `":memory:"`.
 *
 * @throws {StoreError} With code `corrupt`, `too_new`, `busy`, `full`, `read_only` or `unavailable`.
 *
 * @example Usage
 * ```ts
 * import { openMessageStore } from "@sigil/store/sqlite";
 *
 * await using store = await openMessageStore(":memory:");
 * await store.append("home", { id: "m1", role: "user", content: "The boiler was serviced in May" });
 * const [hit] = await store.search("home", "when was the boiler serviced?");
 * ```
 */
export async function openMessageStore(
  path: string,
  options: DatabaseOptions = {},
): Promise<MessageStore> {
  return new SqliteMessageStore(openDatabase(path, MEMORY_SCHEMA, options));
}

/** Keeps messages in a database that is already open. */
export class SqliteMessageStore implements MessageStore {
  readonly #database: Database;
  readonly #workspaces: Workspaces;
  readonly #index: MessageIndex;
  readonly #insert: MessageInsert;

  /** Takes over the database: closing the store closes it. */
  constructor(database: Database) {
    this.#database = database;
    this.#workspaces = new Workspaces(database);
    this.#index = new MessageIndex(database);
    this.#insert = new MessageInsert(database, this.#workspaces, this.#index);
  }

  async append(workspaceId: string, input: MessageInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "append message", subject: input.id };
    checkKey(task, "workspaceId", workspaceId);
    const message = completeMessage(task, input);
    const row = toMessageRow(message);
    const added: NewMessage = { workspaceId, sessionId: message.sessionId, row };
    const run = () => this.#insert.runOne(added);
    const bulk = isShort(row) ? { insert: this.#insert, row: added } : undefined;
    await this.#database.insert(task, run, bulk, options);
    if (added.workspace !== undefined) this.#workspaces.remember(workspaceId, added.workspace);
  }

  async search(
    workspaceId: string,
    query: string,
    options: SearchOptions = {},
  ): Promise<readonly MessageHit[]> {
    const task = { action: "search messages of workspace", subject: workspaceId };
    const { limit, offset, order } = checkSearch(task, workspaceId, query, options);
    const filter = toFilter(order, options);
    const parsed = parseSearchQuery(query);
    const match = toFtsQuery(parsed);
    // Nothing is wanted, which a store that is closed refuses nevertheless.
    if (match === undefined) return await this.#database.read(task, () => [], options.signal);
    const search: Search = {
      words: toWordsQuery(parsed),
      filter,
      values: [match, ...filter.values, limit, offset],
    };
    return (await this.#find(task, workspaceId, search, options)).map(fromHitRow);
  }

  async getRange(
    workspaceId: string,
    range: TimeRange,
    options: ListOptions = {},
  ): Promise<readonly Message[]> {
    const task = { action: "get messages of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    const { from, to } = checkRange(task, range);
    const limit = checkCount(task, "limit", options.limit ?? 0) || NO_LIMIT;
    const offset = checkCount(task, "offset", options.offset ?? 0);
    return await this.#select(task, workspaceId, SELECT_RANGE, [
      from.getTime(),
      to.getTime(),
      limit,
      offset,
    ], options);
  }

  async count(workspaceId: string, options: CallOptions = {}): Promise<number> {
    const task = { action: "count messages of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    return await this.#database.read(task, () => {
      const workspace = this.#workspaces.find(workspaceId);
      return workspace === undefined ? 0 : this.#index.count(workspace);
    }, options.signal);
  }

  async trim(workspaceId: string, keepLast: number, options: CallOptions = {}): Promise<number> {
    const task = { action: "trim messages of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    checkCount(task, "keepLast", keepLast);
    return await this.#delete(task, workspaceId, TRIM, keepLast, options);
  }

  async getOldest(
    workspaceId: string,
    n: number,
    options: CallOptions = {},
  ): Promise<readonly Message[]> {
    const task = { action: "get oldest messages of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    checkCount(task, "n", n, MAX_LIMIT);
    return await this.#select(task, workspaceId, SELECT_OLDEST, [n], options);
  }

  async deleteByIds(
    workspaceId: string,
    ids: readonly string[],
    options: CallOptions = {},
  ): Promise<number> {
    const task = { action: "delete messages of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    return await this.#delete(
      task,
      workspaceId,
      DELETE,
      JSON.stringify(checkKeys(task, "ids", ids)),
      options,
    );
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #select(
    task: Task,
    workspaceId: string,
    sql: string,
    values: readonly SqlValue[],
    options: CallOptions,
  ): Promise<readonly Message[]> {
    const rows = await this.#database.read(task, () => {
      const workspace = this.#workspaces.find(workspaceId);
      return workspace === undefined
        ? []
        : this.#database.prepare<StoredRow>(sql).all(workspace, ...values);
    }, options.signal);
    return rows.map(fromStoredRow);
  }

  async #delete(
    task: Task,
    workspaceId: string,
    sql: string,
    value: SqlValue,
    options: CallOptions,
  ): Promise<number> {
    return await this.#database.transaction(task, () => {
      const workspace = this.#workspaces.findWithin(workspaceId);
      if (workspace === undefined) return 0;
      const deleted = this.#database.prepare<[number]>(sql).all(workspace, value).flat();
      if (deleted.length > 0) this.#index.remove(workspace, deleted);
      return deleted.length;
    }, options.signal);
  }

  async #find(
    task: Task,
    workspaceId: string,
    search: Search,
    options: CallOptions,
  ): Promise<readonly HitRow[]> {
    const { signal } = options;
    try {
      const run = () => this.#findOrPlan(workspaceId, search);
      const found = await this.#database.read(task, run, signal);
      if (typeof found !== "string") return found;
      return await this.#database.readLong<HitRow>(task, found, search.values, signal);
    } catch (error) {
      // The index goes with the last message of the workspace, which may have gone meanwhile.
      if (signal?.aborted || await this.count(workspaceId) > 0) throw error;
      return [];
    }
  }

  /** Searches where that takes no time; elsewhere gives the SQL for the thread that searches. */
  #findOrPlan(workspaceId: string, { words, filter, values }: Search): readonly HitRow[] | string {
    const workspace = this.#workspaces.find(workspaceId);
    const count = workspace === undefined ? 0 : this.#index.count(workspace);
    if (workspace === undefined || count === 0) return [];
    const sql = searchSql(workspace, filter);
    const isShort = count <= SMALL_MEMORY ||
      (words !== undefined && this.#index.isRare(workspace, words));
    return isShort ? this.#database.prepare<HitRow>(sql).all(...values) : sql;
  }
}

/** What is searched for. */
interface Search {
  /** The query for the messages that hold any of its words; undefined when that cannot be said. */
  readonly words: string | undefined;
  readonly filter: Filter;
  /** What to bind. */
  readonly values: readonly SqlValue[];
}

/** Conditions beyond the words of a query, and what to bind for them. */
interface Filter {
  readonly order: "relevance" | "newest";
  readonly conditions: readonly string[];
  readonly values: readonly SqlValue[];
}

function toFilter(order: Filter["order"], options: SearchOptions): Filter {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  if (options.sessionId !== undefined) {
    conditions.push("session_id = ?");
    values.push(options.sessionId);
  }
  if (options.roles !== undefined) {
    conditions.push("role IN (SELECT value FROM json_each(?))");
    values.push(JSON.stringify(options.roles));
  }
  if (options.range !== undefined) {
    const { from, to } = options.range;
    conditions.push("created_at >= ? AND created_at < ?");
    values.push(from.getTime(), to.getTime());
  }
  return { order, conditions, values };
}

/**
 * Ranks within the text index and looks up only the rows that are given. Conditions and the order by
 * time need the rows themselves, and so a join before the limit.
 */
function searchSql(workspace: number, { order, conditions }: Filter): string {
  const table = tableOf(workspace);
  const score = `-bm25(${table})`;
  if (order === "relevance" && conditions.length === 0) {
    return `
      SELECT ${STORED_COLUMNS}, score FROM (
        SELECT rowid AS hit, ${score} AS score FROM ${table} WHERE ${table} MATCH ?
        ORDER BY score DESC, rowid DESC LIMIT ? OFFSET ?
      ) CROSS JOIN messages ON number = hit ORDER BY score DESC, number DESC`;
  }
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const by = order === "newest" ? "created_at DESC, number DESC" : "score DESC, number DESC";
  return `
    SELECT ${STORED_COLUMNS}, score FROM (
      SELECT rowid AS hit, ${score} AS score FROM ${table} WHERE ${table} MATCH ?
    ) CROSS JOIN messages ON number = hit ${where} ORDER BY ${by} LIMIT ? OFFSET ?`;
}

function fromStoredRow(row: StoredRow): Message {
  return fromMessageRow(row, row[7]);
}

function fromHitRow(row: HitRow): MessageHit {
  return { ...fromMessageRow(row, row[7]), score: row[8] };
}
