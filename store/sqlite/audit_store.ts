// SPDX-License-Identifier: Apache-2.0

import type { Task } from "../_cannot.ts";
import { completeAuditEntry } from "../_complete.ts";
import { FIRST_SEAL, isSameSeal, seal } from "../_seal.ts";
import { checkCount, checkDate, checkKey, checkLimit } from "../_validate.ts";
import type {
  AuditEntry,
  AuditEntryInput,
  AuditFilter,
  AuditStore,
  AuditVerification,
} from "../audit_store.ts";
import type { CallOptions } from "../options.ts";
import { AuditInsert, isShort } from "./_audit_insert.ts";
import { AUDIT_COLUMNS, type AuditRow, fromAuditRow, toAuditRow } from "./_audit_row.ts";
import type { Database } from "./_database.ts";
import { AUDIT_BATCH } from "./_gateway_schema.ts";
import type { SqlValue } from "./_statement.ts";

/** A row with its seal, and whether queries give it. */
type SealedRow = readonly [...AuditRow, hash: Uint8Array, number: number, isShown: number];

/** Whether a row is one of those after the last whole batch, which are not indexed yet. */
const IS_RECENT = `number > (SELECT max(number) FROM audit_log) / ${AUDIT_BATCH} * ${AUDIT_BATCH}`;
/** No query gives what is neither indexed nor recent: that is for verifying to tell. */
const SELECT_PAGE =
  `SELECT ${AUDIT_COLUMNS}, hash, number, is_indexed OR ${IS_RECENT} FROM audit_log
  WHERE number > ? ORDER BY number LIMIT ?`;
/** How many entries are verified before others get their turn. */
const PAGE = 1000;

/** Keeps the audit log in a gateway database that is already open. */
export class SqliteAuditStore implements AuditStore {
  readonly #database: Database;
  readonly #insert: AuditInsert;

  /** Borrows the database: whoever opened it closes it. */
  constructor(database: Database) {
    this.#database = database;
    this.#insert = new AuditInsert(database);
  }

  async append(input: AuditEntryInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "append audit entry", subject: input.id };
    const entry = completeAuditEntry(task, input);
    const added = { entry, row: toAuditRow(entry) };
    const run = () => this.#insert.runOne(added);
    const bulk = isShort(added) ? { insert: this.#insert, row: added } : undefined;
    const { signal } = options;
    await this.#database.insert(task, run, bulk, { signal, hasSteps: true });
  }

  async query(filter: AuditFilter = {}): Promise<readonly AuditEntry[]> {
    const task = { action: "query", subject: "audit log" };
    const { where, values } = toConditions(task, filter);
    const limit = checkLimit(task, filter.limit);
    const offset = checkCount(task, "offset", filter.offset ?? 0);
    const sql = `SELECT ${AUDIT_COLUMNS}, number FROM audit_log WHERE is_indexed ${where}
      UNION ALL SELECT ${AUDIT_COLUMNS}, number FROM audit_log WHERE NOT is_indexed AND ${IS_RECENT} ${where}
      ORDER BY timestamp DESC, number DESC LIMIT ? OFFSET ?`;
    const run = () =>
      this.#database.prepare<AuditRow>(sql).all(...values, ...values, limit, offset);
    return (await this.#database.read(task, run, filter.signal)).map(fromAuditRow);
  }

  async verify(options: CallOptions = {}): Promise<AuditVerification> {
    const task = { action: "verify", subject: "audit log" };
    let previous = FIRST_SEAL;
    let entries = 0;
    for (let after = 0;;) {
      const rows = await this.#database.read(task, () => this.#page(after), options.signal);
      for (const row of rows) {
        const entry = fromAuditRow(row);
        const [hash, number, isShown] = [row[9], row[10], row[11] !== 0];
        if (!isShown || !isSameSeal(hash, seal(previous, entry))) {
          return { status: "broken", entries, brokenId: entry.id };
        }
        [previous, after] = [hash, number];
        entries++;
      }
      if (rows.length < PAGE) return { status: "intact", entries };
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  #page(after: number): SealedRow[] {
    return this.#database.prepare<SealedRow>(SELECT_PAGE).all(after, PAGE);
  }
}

/** Writes only the conditions that are asked for: one statement for all would not use the indexes. */
function toConditions(
  task: Task,
  filter: AuditFilter,
): { readonly where: string; readonly values: readonly SqlValue[] } {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  for (
    const [field, column] of [["action", "action"], ["actor", "actor"], ["plugin", "plugin"], [
      "workspaceId",
      "workspace_id",
    ]] as const
  ) {
    const value = filter[field];
    if (value === undefined) continue;
    // The indexes on these leave out the empty text, and are used only where that is said.
    conditions.push(`${column} = ? AND ${column} <> ''`);
    values.push(checkKey(task, field, value));
  }
  for (const [field, comparison] of [["from", ">="], ["to", "<"]] as const) {
    const value = filter[field];
    if (value === undefined) continue;
    conditions.push(`timestamp ${comparison} ?`);
    values.push(checkDate(task, field, value).getTime());
  }
  return { where: conditions.map((condition) => `AND ${condition}`).join(" "), values };
}
