// SPDX-License-Identifier: Apache-2.0

import { cannot, type Task } from "../_cannot.ts";
import { completeMessage, completeSession } from "../_complete.ts";
import { checkCount, checkKey, checkKeys, checkLimit, MAX_LIMIT } from "../_validate.ts";
import type { Message, MessageInput } from "../message.ts";
import type { CallOptions, ListOptions } from "../options.ts";
import type { Session, SessionChanges, SessionInput, SessionStore } from "../session_store.ts";
import { BulkInsert } from "./_bulk_insert.ts";
import { type Database, type DatabaseOptions, openDatabase } from "./_database.ts";
import {
  fromMessageRow,
  isShort,
  MESSAGE_COLUMNS,
  type MessageRow,
  toMessageRow,
} from "./_message_row.ts";
import { SessionCache } from "./_session_cache.ts";
import { SessionNumbers } from "./_session_numbers.ts";
import { SESSION_SCHEMA } from "./_session_schema.ts";
import { fromSessionRow, SESSION_COLUMNS, type SessionRow, toSessionRow } from "./_session_row.ts";
import { toStoreError } from "./_sqlite_error.ts";
import type { SqlValue } from "./_statement.ts";

const INSERT_SESSION = `
  INSERT INTO sessions (${SESSION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const SELECT_SESSION = `SELECT ${SESSION_COLUMNS} FROM sessions WHERE id = ?`;
const UPDATE_SESSION = `
  UPDATE sessions SET summary = ?, last_compaction = ?, model_override = ?, tool_max_per_turn = ?,
    tool_max_per_session = ?, tool_used = ?, token_max_per_session = ?, token_max_per_hour = ?,
    token_max_per_day = ?, token_used_session = ?, token_used_hour = ?, token_used_day = ?, status = ?,
    updated_at = ?
  WHERE id = ?`;
const LIST_SESSIONS = `
  SELECT ${SESSION_COLUMNS} FROM sessions
  WHERE workspace_id = ? ORDER BY updated_at DESC, id LIMIT ? OFFSET ?`;
const DELETE_SESSION = "DELETE FROM sessions WHERE id = ?";
const SELECT_NUMBER = "SELECT number FROM sessions WHERE id = ?";
const INSERT_MESSAGES = `INSERT INTO messages (${MESSAGE_COLUMNS}, session)`;
const INSERT_MESSAGE = `${INSERT_MESSAGES} VALUES (?, ?, ?, ?, ?, ?, ?, (${SELECT_NUMBER}))`;
const MESSAGE_VALUES = "(?, ?, ?, ?, ?, ?, ?, ?)";
const SELECT_WINDOW = `
  SELECT ${MESSAGE_COLUMNS} FROM messages WHERE session = (SELECT number FROM sessions WHERE id = ?)
  ORDER BY created_at DESC, number DESC LIMIT ?`;
const DELETE_MESSAGES = `
  DELETE FROM messages
  WHERE id IN (SELECT value FROM json_each(?)) AND session = (SELECT number FROM sessions WHERE id = ?)`;
const COUNT_MESSAGES = `
  SELECT count(*) FROM messages WHERE session = (SELECT number FROM sessions WHERE id = ?)`;

/**
 * Opens the session database at `path`, creating or upgrading it.
 *
 * Requires `--allow-read` and `--allow-write` for `path`; none for `":memory:"`.
 *
 * @throws {StoreError} With code `corrupt`, `too_new`, `busy`, `full`, `read_only` or `unavailable`.
 *
 * @example Usage
 * ```ts
 * import { openSessionStore } from "@sigil/store/sqlite";
 *
 * await using store = await openSessionStore(":memory:");
 * await store.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
 * await store.appendMessage("s1", { id: "m1", role: "user", content: "Hello" });
 * const [message] = await store.getActiveWindow("s1", 20);
 * ```
 */
export async function openSessionStore(
  path: string,
  options: DatabaseOptions = {},
): Promise<SessionStore> {
  return new SqliteSessionStore(openDatabase(path, SESSION_SCHEMA, options));
}

/** A message that is to be inserted. */
interface NewMessage {
  readonly row: MessageRow;
  readonly sessionId: string;
}

class SqliteSessionStore implements SessionStore {
  readonly #database: Database;
  readonly #cache: SessionCache;
  readonly #numbers: SessionNumbers;
  readonly #messages: BulkInsert<NewMessage>;

  constructor(database: Database) {
    this.#database = database;
    this.#cache = new SessionCache(database);
    this.#numbers = new SessionNumbers(database);
    this.#messages = new BulkInsert(
      database,
      INSERT_MESSAGES,
      MESSAGE_VALUES,
      (added) => this.#bind(added),
    );
  }

  async createSession(input: SessionInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "create session", subject: input.id };
    const row = toSessionRow(completeSession(task, input));
    await this.#database.write(
      task,
      () => this.#prepare(INSERT_SESSION).run(...row),
      options.signal,
    );
  }

  async getSession(id: string, options: CallOptions = {}): Promise<Session> {
    const task = { action: "get session", subject: id };
    checkKey(task, "id", id);
    this.#database.checkReadable(task, options.signal);
    const known = this.#findKnown(task, id);
    if (known !== undefined) return fromSessionRow(known);
    if (this.#database.hasPending) await this.#database.drain();
    return fromSessionRow(this.#read(task, id));
  }

  async updateSession(input: SessionInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "update session", subject: input.id };
    const session = completeSession(task, { updatedAt: new Date(), ...input });
    await this.#change(task, session.id, () => session, options);
  }

  async changeSession(
    id: string,
    change: (stored: Session) => SessionChanges,
    options: CallOptions = {},
  ): Promise<void> {
    const task = { action: "change session", subject: id };
    checkKey(task, "id", id);
    const next = (stored: Session) =>
      completeSession(task, { ...stored, updatedAt: new Date(), ...change(stored) });
    await this.#change(task, id, next, options);
  }

  async listSessions(workspaceId: string, options: ListOptions = {}): Promise<readonly Session[]> {
    const task = { action: "list sessions of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    const limit = checkLimit(task, options.limit);
    const offset = checkCount(task, "offset", options.offset ?? 0);
    const run = () =>
      this.#database.prepare<SessionRow>(LIST_SESSIONS).all(workspaceId, limit, offset);
    return (await this.#database.read(task, run, options.signal)).map(fromSessionRow);
  }

  async deleteSession(id: string, options: CallOptions = {}): Promise<void> {
    const task = { action: "delete session", subject: id };
    checkKey(task, "id", id);
    const run = () => {
      if (this.#prepare(DELETE_SESSION).run(id) === 0) throw noSession(task);
      this.#numbers.forget(id);
    };
    using _write = this.#cache.holdWrite(id);
    await this.#database.write(task, run, options.signal);
    this.#cache.forget(id);
  }

  async appendMessage(
    sessionId: string,
    input: MessageInput,
    options: CallOptions = {},
  ): Promise<void> {
    const task = { action: "append message", subject: input.id };
    checkKey(task, "sessionId", sessionId);
    const row = toMessageRow(completeMessage(task, input, sessionId));
    const added = { row, sessionId };
    const run = () => this.#append(task, added);
    const bulk = isShort(row) ? { insert: this.#messages, row: added } : undefined;
    // As `using` does, which costs a third of a microsecond more.
    const hold = this.#cache.holdWrite(sessionId);
    try {
      await this.#database.insert(task, run, bulk, options);
      this.#cache.added(sessionId, row);
    } finally {
      hold.end();
    }
  }

  async getActiveWindow(
    sessionId: string,
    limit: number,
    options: CallOptions = {},
  ): Promise<readonly Message[]> {
    const task = { action: "get active window of session", subject: sessionId };
    checkKey(task, "sessionId", sessionId);
    checkCount(task, "limit", limit, MAX_LIMIT);
    const known = () => this.#cache.findWindow(sessionId, limit);
    const rows = await this.#database.readUnlessKnown(task, known, () => {
      const read = this.#database.prepare<MessageRow>(SELECT_WINDOW).all(sessionId, limit)
        .reverse();
      this.#cache.keepWindow(sessionId, read, limit);
      return read;
    }, options.signal);
    return rows.map((row) => fromMessageRow(row, sessionId));
  }

  async deleteMessages(
    sessionId: string,
    ids: readonly string[],
    options: CallOptions = {},
  ): Promise<number> {
    const task = { action: "delete messages of session", subject: sessionId };
    checkKey(task, "sessionId", sessionId);
    const list = JSON.stringify(checkKeys(task, "ids", ids));
    const run = () => this.#prepare(DELETE_MESSAGES).run(list, sessionId);
    using _write = this.#cache.holdWrite(sessionId);
    const removed = await this.#database.write(task, run, options.signal);
    this.#cache.removed(sessionId, ids);
    return removed;
  }

  async countMessages(sessionId: string, options: CallOptions = {}): Promise<number> {
    const task = { action: "count messages of session", subject: sessionId };
    checkKey(task, "sessionId", sessionId);
    const run = () => this.#database.prepare<[number]>(COUNT_MESSAGES).get(sessionId)?.[0] ?? 0;
    const known = () => this.#cache.countMessages(sessionId);
    return await this.#database.readUnlessKnown(task, known, run, options.signal);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #prepare(sql: string) {
    return this.#database.prepare(sql);
  }

  // These two are what `readUnlessKnown` does. Its closures, and a `try` within a function that waits, would
  // make a small read longer by a tenth.

  #findKnown(task: Task, id: string): SessionRow | undefined {
    try {
      return this.#cache.findSession(id);
    } catch (error) {
      throw toStoreError(error, task);
    }
  }

  #read(task: Task, id: string): SessionRow {
    try {
      const read = this.#find(task, id);
      this.#cache.keepSession(read);
      return read;
    } catch (error) {
      throw toStoreError(error, task);
    }
  }

  #find(task: Task, id: string): SessionRow {
    const row = this.#database.prepare<SessionRow>(SELECT_SESSION).get(id);
    if (row === undefined) throw noSession(task);
    return row;
  }

  #append(task: Task, { row, sessionId }: NewMessage): void {
    try {
      this.#prepare(INSERT_MESSAGE).run(...row, sessionId);
    } catch (error) {
      if (this.#prepare(SELECT_NUMBER).get(sessionId) !== undefined) throw error;
      const session = JSON.stringify(sessionId.slice(0, 80));
      throw cannot(task, "not_found", `no session has the id ${session}`, error);
    }
  }

  #bind(added: readonly NewMessage[]): SqlValue[] {
    this.#numbers.refresh();
    const values: SqlValue[] = [];
    for (const { row, sessionId } of added) values.push(...row, this.#numbers.find(sessionId));
    return values;
  }

  /** Puts another session in the place of the stored one, within one write. */
  async #change(
    task: Task,
    id: string,
    next: (stored: Session) => Session,
    options: CallOptions,
  ): Promise<void> {
    const run = () => {
      const stored = fromSessionRow(this.#find(task, id));
      const session = { ...next(stored), createdAt: stored.createdAt };
      for (const field of ["workspaceId", "userId"] as const) {
        if (stored[field] !== session[field]) {
          throw cannot(task, "conflict", `its ${field} cannot change`);
        }
      }
      return this.#update(session);
    };
    using _write = this.#cache.holdWrite(id);
    this.#cache.changed(await this.#database.write(task, run, options.signal));
  }

  #update(session: Session): SessionRow {
    const row = toSessionRow(session);
    const [id, _workspaceId, _userId, ...values] = row;
    const updatedAt = values.pop();
    const _createdAt = values.pop();
    this.#prepare(UPDATE_SESSION).run(...values, updatedAt ?? null, id);
    return row;
  }
}

function noSession(task: Task): Error {
  return cannot(task, "not_found", "no session has that id");
}
