// SPDX-License-Identifier: Apache-2.0

import { BulkInsert, sizeOfGroup } from "./_bulk_insert.ts";
import type { Database } from "./_database.ts";
import type { IndexedMessage, MessageIndex } from "./_message_index.ts";
import { MESSAGE_COLUMNS, type MessageRow } from "./_message_row.ts";
import type { SqlValue } from "./_statement.ts";
import { whole } from "./_whole.ts";
import type { Workspaces } from "./_workspaces.ts";
import type { RowInsert } from "./_write_queue.ts";

const INSERT = `INSERT INTO messages (${MESSAGE_COLUMNS}, workspace, session_id)`;
const VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?)";

/** A message that is to be kept. */
export interface NewMessage {
  readonly workspaceId: string;
  readonly sessionId: string;
  readonly row: MessageRow;
  /** The number of its workspace, once it was inserted. */
  workspace?: number;
}

/**
 * Inserts messages into memory, and into the text index of their workspace. For use within a group of
 * writes.
 *
 * Those of a group go into the table first, and only then into the index: a statement that inserts
 * several rows makes SQLite write out what the index has taken in before.
 */
export class MessageInsert implements RowInsert<NewMessage> {
  readonly sizeFor = sizeOfGroup;
  readonly #database: Database;
  readonly #workspaces: Workspaces;
  readonly #index: MessageIndex;
  readonly #rows: BulkInsert<NewMessage>;

  constructor(database: Database, workspaces: Workspaces, index: MessageIndex) {
    this.#database = database;
    this.#workspaces = workspaces;
    this.#index = index;
    this.#rows = new BulkInsert(
      database,
      INSERT,
      VALUES,
      (messages) => messages.flatMap((message) => this.#bind(message)),
    );
  }

  run(messages: readonly NewMessage[]): void {
    const byWorkspace = new Map<number, IndexedMessage[]>();
    let number = whole(this.#database, () => this.#rows.runAll(messages)) - messages.length;
    for (const { workspace = 0, row: [, , content] } of messages) {
      const indexed = byWorkspace.get(workspace);
      const message = { number: ++number, content };
      if (indexed === undefined) byWorkspace.set(workspace, [message]);
      else indexed.push(message);
    }
    for (const [workspace, indexed] of byWorkspace) this.#index.add(workspace, indexed);
  }

  /** Inserts one. */
  runOne(message: NewMessage): void {
    const number = this.#rows.run([message]);
    this.#index.add(message.workspace ?? 0, [{ number, content: message.row[2] }]);
  }

  #bind(message: NewMessage): SqlValue[] {
    message.workspace = this.#workspaces.obtain(message.workspaceId);
    return [...message.row, message.workspace, message.sessionId];
  }
}
