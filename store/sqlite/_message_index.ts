// SPDX-License-Identifier: Apache-2.0

import { spaceOut } from "../_words.ts";
import type { Database } from "./_database.ts";

// One statement with RETURNING would do, but makes SQLite write out the index at every message.
const COUNT_ON = "UPDATE workspaces SET messages = messages + ? WHERE number = ?";
const COUNT_OFF = "UPDATE workspaces SET messages = messages - ? WHERE number = ?";
const COUNT = "SELECT messages FROM workspaces WHERE number = ?";
const WITHOUT_TABLE = `
  SELECT number FROM workspaces WHERE messages > 0 AND 'messages_text_' || number NOT IN (
    SELECT name FROM sqlite_schema WHERE type = 'table')`;
const CONTENTS = "SELECT number, content FROM messages WHERE workspace = ? ORDER BY number";
/** To rank so many messages, and to read them, takes about as long as a thread does to answer. */
const MAX_RARE = 200;
/**
 * Messages that are deleted are passed over one by one, until the parts of the index that hold them are
 * written anew. FTS5 lists them in pages of some hundred, whose numbers have this bit.
 */
const MAX_DELETED_PAGES = 10;
const OF_DELETED = `WHERE id >= 1 << 53 LIMIT ${MAX_DELETED_PAGES + 1}`;
const BUILD = { action: "build text index of", subject: "workspaces" };

/** A message as the index takes it up. */
export interface IndexedMessage {
  readonly number: number;
  readonly content: string;
}

/**
 * The words of the messages: a text index (FTS5) for each workspace, made with its first message and
 * dropped with its last. It holds no texts, and ranks by what its own workspace holds.
 *
 * In one index for all, bm25 would visit every message that holds a word of the query, whosever it is.
 */
export class MessageIndex {
  readonly #database: Database;

  /** Builds what is missing: to repair an index, drop its table and open the database again. */
  constructor(database: Database) {
    this.#database = database;
    if (database.prepare(WITHOUT_TABLE).get() === undefined) return;
    // What is asked for later waits for it, and fails by itself if it could not be done.
    database.transaction(BUILD, () => this.#buildMissing()).catch(() => {});
  }

  /** Gives how many messages a workspace holds. */
  count(workspace: number): number {
    return this.#database.prepare<[number]>(COUNT).get(workspace)?.[0] ?? 0;
  }

  /**
   * Tells whether few messages of a workspace match a query in the language of FTS5, in about as long as it
   * takes to find those. It must ask for any of some words, and no phrases: to look for a phrase, all
   * messages that hold its words are looked at.
   */
  isRare(workspace: number, query: string): boolean {
    const table = tableOf(workspace);
    const deleted = this.#database.prepare(`SELECT 1 FROM ${table}_data ${OF_DELETED}`).all();
    if (deleted.length > MAX_DELETED_PAGES) return false;
    const matches = `SELECT 1 FROM ${table} WHERE ${table} MATCH ? LIMIT ${MAX_RARE + 1}`;
    return this.#database.prepare(matches).all(query).length <= MAX_RARE;
  }

  /**
   * Takes up messages that have just been inserted. For use within a group of writes: if it fails, the
   * whole group is undone, so that the messages are gone as well, and the others are written again.
   */
  add(workspace: number, messages: readonly IndexedMessage[]): void {
    try {
      this.#database.prepare(COUNT_ON).run(messages.length, workspace);
      if (this.count(workspace) === messages.length) this.#create(workspace);
      for (const { number, content } of messages) this.#insert(workspace, number, content);
    } catch (error) {
      this.#undoGroup();
      throw error;
    }
  }

  /** Forgets messages that have just been deleted. For use within a transaction. */
  remove(workspace: number, messages: readonly number[]): void {
    this.#database.prepare(COUNT_OFF).run(messages.length, workspace);
    if (this.count(workspace) === 0) {
      this.#database.prepare(`DROP TABLE IF EXISTS ${tableOf(workspace)}`).run();
      return;
    }
    const sql = `DELETE FROM ${tableOf(workspace)} WHERE rowid IN (SELECT value FROM json_each(?))`;
    this.#database.prepare(sql).run(JSON.stringify(messages));
  }

  #undoGroup(): void {
    try {
      this.#database.prepare("ROLLBACK").run();
    } catch {
      // When the disk is full, SQLite has done so itself.
    }
  }

  #buildMissing(): void {
    for (const [workspace] of this.#database.prepare<[number]>(WITHOUT_TABLE).all()) {
      this.#create(workspace);
      const messages = this.#database.prepare<[number, string]>(CONTENTS).iterate(workspace);
      for (const [message, content] of messages) this.#insert(workspace, message, content);
    }
  }

  #create(workspace: number): void {
    this.#database.prepare(`
      CREATE VIRTUAL TABLE ${tableOf(workspace)} USING fts5(
        content, content = '', contentless_delete = 1,
        tokenize = "porter unicode61 remove_diacritics 2 categories 'L* N* Co So'"
      )`).run();
  }

  #insert(workspace: number, message: number, content: string): void {
    const sql = `INSERT INTO ${tableOf(workspace)} (rowid, content) VALUES (?, ?)`;
    this.#database.prepare(sql).run(message, spaceOut(content));
  }
}

/** Names the index of a workspace, by its number and never by its id, which is a text of the user. */
export function tableOf(workspace: number): string {
  return `messages_text_${workspace}`;
}
