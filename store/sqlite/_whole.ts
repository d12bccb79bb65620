// SPDX-License-Identifier: Apache-2.0

import type { Preparer } from "./_statement.ts";

/** Runs several statements within a transaction: if it throws, none of them has changed anything. */
export function whole<T>(database: Preparer, run: () => T): T {
  database.prepare("SAVEPOINT whole").run();
  try {
    const value = run();
    database.prepare("RELEASE whole").run();
    return value;
  } catch (error) {
    database.prepare("ROLLBACK TO whole").run();
    database.prepare("RELEASE whole").run();
    throw error;
  }
}
