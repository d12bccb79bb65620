// SPDX-License-Identifier: Apache-2.0

import { FIRST_SEAL, seal } from "../_seal.ts";
import type { AuditEntry } from "../audit_store.ts";
import { AUDIT_COLUMNS, type AuditRow } from "./_audit_row.ts";
import { BulkInsert, sizeOfGroup } from "./_bulk_insert.ts";
import type { Database } from "./_database.ts";
import { AUDIT_BATCH } from "./_gateway_schema.ts";
import type { SqlValue } from "./_statement.ts";
import { whole } from "./_whole.ts";
import type { RowInsert } from "./_write_queue.ts";

const INSERT = `INSERT INTO audit_log (${AUDIT_COLUMNS}, hash)`;
const VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const INDEX_BATCH =
  `UPDATE audit_log SET is_indexed = 1 WHERE number > ?1 - ${AUDIT_BATCH} AND number <= ?1`;
const SELECT_LAST_SEAL = "SELECT hash FROM audit_log ORDER BY number DESC LIMIT 1";
/** Entries whose details are longer, in UTF-16 units, are inserted one by one. */
const MAX_DETAILS = 4096;

/** An entry that is to be kept. */
export interface NewEntry {
  readonly entry: AuditEntry;
  readonly row: AuditRow;
}

/** Inserts entries into the audit log, each sealed with the one before. For use within a group of writes. */
export class AuditInsert implements RowInsert<NewEntry> {
  readonly sizeFor = sizeOfGroup;
  readonly #database: Database;
  readonly #rows: BulkInsert<readonly SqlValue[]>;

  constructor(database: Database) {
    this.#database = database;
    this.#rows = new BulkInsert(database, INSERT, VALUES, (rows) => rows.flat());
  }

  run(added: readonly NewEntry[]): void {
    whole(this.#database, () => this.#insert(added));
  }

  /** Inserts one. It takes several statements. */
  runOne(added: NewEntry): void {
    this.#insert([added]);
  }

  #insert(added: readonly NewEntry[]): void {
    const last = this.#rows.runAll(this.#sealed(added));
    const batchEnd = last - last % AUDIT_BATCH;
    for (let end = batchEnd; end > last - added.length; end -= AUDIT_BATCH) {
      this.#database.prepare(INDEX_BATCH).run(end);
    }
  }

  #sealed(added: readonly NewEntry[]): (readonly SqlValue[])[] {
    // Read within the write: another process may have appended since.
    let hash = this.#database.prepare<[Uint8Array]>(SELECT_LAST_SEAL).get()?.[0] ?? FIRST_SEAL;
    return added.map(({ entry, row }) => [...row, hash = seal(hash, entry)]);
  }
}

/** Whether an entry may be inserted with others by one statement, which keeps what was bound to it last. */
export function isShort({ row: [, , , , , , , details] }: NewEntry): boolean {
  return details.length <= MAX_DETAILS;
}
