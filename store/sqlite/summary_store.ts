// SPDX-License-Identifier: Apache-2.0

import type { Task } from "../_cannot.ts";
import { completeSummary } from "../_complete.ts";
import {
  checkCount,
  checkKey,
  checkKeys,
  checkOneOf,
  checkRange,
  MAX_LIMIT,
} from "../_validate.ts";
import type { CallOptions, TimeRange } from "../options.ts";
import {
  type Summary,
  SUMMARY_STATUSES,
  type SummaryInput,
  type SummaryReadOptions,
  type SummaryStore,
} from "../summary_store.ts";
import { type Database, type DatabaseOptions, openDatabase } from "./_database.ts";
import { readJson, readWord } from "./_decode.ts";
import { MEMORY_SCHEMA } from "./_memory_schema.ts";
import type { SqlValue } from "./_statement.ts";
import { Workspaces } from "./_workspaces.ts";

type SummaryRow = readonly [
  id: string,
  fromTime: number,
  toTime: number,
  content: string,
  messageIds: string,
  status: string,
  createdAt: number,
];

const COLUMNS = "id, from_time, to_time, content, message_ids, status, created_at";
const PUT = `
  INSERT INTO summaries (workspace, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (workspace, id) DO UPDATE SET from_time = excluded.from_time, to_time = excluded.to_time,
    content = excluded.content, message_ids = excluded.message_ids, status = excluded.status,
    created_at = excluded.created_at`;
const SELECT_RANGE = `
  SELECT ${COLUMNS} FROM summaries WHERE workspace = ? AND status = ?
  AND from_time < ? AND (to_time > ? OR from_time >= ?) ORDER BY from_time, id`;
const SELECT_LATEST = `
  SELECT ${COLUMNS} FROM summaries WHERE workspace = ? AND status = ? ORDER BY created_at DESC, id DESC LIMIT ?`;
const DELETE =
  "DELETE FROM summaries WHERE workspace = ? AND id IN (SELECT value FROM json_each(?))";

/**
 * Opens the summary database at `path`, creating or upgrading it. It may be the file of a message store.
 *
 * Requires `--allow-read` and `--allow-write` for `path`; none for `":memory:"`.
 *
 * @throws {StoreError} With code `corrupt`, `too_new`, `busy`, `full`, `read_only` or `unavailable`.
 *
 * @example Usage
 * ```ts
 * import { openSummaryStore } from "@sigil/store/sqlite";
 *
 * await using store = await openSummaryStore(":memory:");
 * const noon = new Date("2026-01-01T12:00:00Z");
 * await store.store("home", { id: "s1", fromTime: noon, toTime: noon, content: "Greetings" });
 * const [latest] = await store.getLatest("home", 1);
 * ```
 */
export async function openSummaryStore(
  path: string,
  options: DatabaseOptions = {},
): Promise<SummaryStore> {
  return new SqliteSummaryStore(openDatabase(path, MEMORY_SCHEMA, options));
}

/** Keeps summaries in a database that is already open. */
export class SqliteSummaryStore implements SummaryStore {
  readonly #database: Database;
  readonly #workspaces: Workspaces;

  /** Takes over the database: closing the store closes it. */
  constructor(database: Database) {
    this.#database = database;
    this.#workspaces = new Workspaces(database);
  }

  async store(workspaceId: string, input: SummaryInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "store summary", subject: input.id };
    checkKey(task, "workspaceId", workspaceId);
    const row = toSummaryRow(completeSummary(task, workspaceId, input));
    const number = await this.#database.write(task, () => {
      const workspace = this.#workspaces.obtain(workspaceId);
      this.#database.prepare(PUT).run(workspace, ...row);
      return workspace;
    }, options.signal);
    this.#workspaces.remember(workspaceId, number);
  }

  async getByRange(
    workspaceId: string,
    range: TimeRange,
    options: SummaryReadOptions = {},
  ): Promise<readonly Summary[]> {
    const task = { action: "get summaries of workspace", subject: workspaceId };
    const { from, to } = checkRange(task, range);
    const values = [to.getTime(), from.getTime(), from.getTime()];
    return await this.#select(task, workspaceId, SELECT_RANGE, values, options);
  }

  async getLatest(
    workspaceId: string,
    n: number,
    options: SummaryReadOptions = {},
  ): Promise<readonly Summary[]> {
    const task = { action: "get latest summaries of workspace", subject: workspaceId };
    checkCount(task, "n", n, MAX_LIMIT);
    return await this.#select(task, workspaceId, SELECT_LATEST, [n], options);
  }

  async deleteByIds(
    workspaceId: string,
    ids: readonly string[],
    options: CallOptions = {},
  ): Promise<number> {
    const task = { action: "delete summaries of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    const list = JSON.stringify(checkKeys(task, "ids", ids));
    return await this.#database.write(task, () => {
      const workspace = this.#workspaces.findWithin(workspaceId);
      return workspace === undefined ? 0 : this.#database.prepare(DELETE).run(workspace, list);
    }, options.signal);
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
    options: SummaryReadOptions,
  ): Promise<readonly Summary[]> {
    checkKey(task, "workspaceId", workspaceId);
    const status = checkOneOf(task, "status", options.status ?? "confirmed", SUMMARY_STATUSES);
    const rows = await this.#database.read(task, () => {
      const workspace = this.#workspaces.find(workspaceId);
      return workspace === undefined
        ? []
        : this.#database.prepare<SummaryRow>(sql).all(workspace, status, ...values);
    }, options.signal);
    return rows.map((row) => fromSummaryRow(row, workspaceId));
  }
}

function toSummaryRow(summary: Summary): SummaryRow {
  const { id, fromTime, toTime, content, messageIds, status, createdAt } = summary;
  return [
    id,
    fromTime.getTime(),
    toTime.getTime(),
    content,
    JSON.stringify(messageIds),
    status,
    createdAt.getTime(),
  ];
}

function fromSummaryRow(row: SummaryRow, workspaceId: string): Summary {
  return {
    id: row[0],
    workspaceId,
    fromTime: new Date(row[1]),
    toTime: new Date(row[2]),
    content: row[3],
    messageIds: readJson(row[4]),
    status: readWord(row[5], SUMMARY_STATUSES),
    createdAt: new Date(row[6]),
  };
}
