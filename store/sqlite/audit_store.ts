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
import type { Database } from "./_database.ts";
import { readJson } from "./_decode.ts";
import { AUDIT_BATCH } from "./_gateway_schema.ts";
import type { SqlValue } from "./_statement.ts";

type AuditRow = readonly [
  id: string,
  timestamp: number,
  action: string,
  actor: string,
  plugin: string,
  workspaceId: string,
  sessionId: string,
  details: string,
  result: string,
];

/** A row with its seal, and whether queries give it. */
type SealedRow = readonly [...AuditRow, hash: Uint8Array, number: number, isShown: number];

const COLUMNS = "id, timestamp, action, actor, plugin, workspace_id, session_id, details, result";
const INSERT = `INSERT INTO audit_log (${COLUMNS}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INDEX_BATCH =
  `UPDATE audit_log SET is_indexed = 1 WHERE number > ?1 - ${AUDIT_BATCH} AND number <= ?1`;
/** Whether a row is one of those after the last whole batch, which are not indexed yet. */
const IS_RECENT = `number > (SELECT max(number) FROM audit_log) / ${AUDIT_BATCH} * ${AUDIT_BATCH}`;
const SELECT_LAST_SEAL = "SELECT hash FROM audit_log ORDER BY number DESC LIMIT 1";
/** No query gives what is neither indexed nor recent: that is for verifying to tell. */
const SELECT_PAGE = `SELECT ${COLUMNS}, hash, number, is_indexed OR ${IS_RECENT} FROM audit_log
  WHERE number > ? ORDER BY number LIMIT ?`;
/** How many entries are verified before others get their turn. */
const PAGE = 1000;

/** Keeps the audit log in a gateway database that is already open. */
export class SqliteAuditStore implements AuditStore {
  readonly #database: Database;

  /** Borrows the database: whoever opened it closes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  async append(input: AuditEntryInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "append audit entry", subject: input.id };
    const entry = completeAuditEntry(task, input);
    const row = toAuditRow(entry);
    await this.#database.transaction(task, () => {
      // Read within the write: another process may have appended since.
      const last = this.#database.prepare<[Uint8Array]>(SELECT_LAST_SEAL).get()?.[0];
      const hash = seal(last ?? FIRST_SEAL, entry);
      const number = this.#database.prepare(INSERT).insert(...row, hash);
      if (number % AUDIT_BATCH === 0) this.#database.prepare(INDEX_BATCH).run(number);
    }, options.signal);
  }

  async query(filter: AuditFilter = {}): Promise<readonly AuditEntry[]> {
    const task = { action: "query", subject: "audit log" };
    const { where, values } = toConditions(task, filter);
    const limit = checkLimit(task, filter.limit);
    const offset = checkCount(task, "offset", filter.offset ?? 0);
    const sql = `SELECT ${COLUMNS}, number FROM audit_log WHERE is_indexed ${where}
      UNION ALL SELECT ${COLUMNS}, number FROM audit_log WHERE NOT is_indexed AND ${IS_RECENT} ${where}
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

function toAuditRow(entry: AuditEntry): AuditRow {
  const { id, timestamp, action, actor, plugin, workspaceId, sessionId, details, result } = entry;
  return [
    id,
    timestamp.getTime(),
    action,
    actor,
    plugin,
    workspaceId,
    sessionId,
    JSON.stringify(details),
    result,
  ];
}

function fromAuditRow(row: AuditRow | SealedRow): AuditEntry {
  return {
    id: row[0],
    timestamp: new Date(row[1]),
    action: row[2],
    actor: row[3],
    plugin: row[4],
    workspaceId: row[5],
    sessionId: row[6],
    details: readJson(row[7]),
    result: row[8],
  };
}
