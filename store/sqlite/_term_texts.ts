// SPDX-License-Identifier: Apache-2.0

import type { Database } from "./_database.ts";
import { ForeignWrites } from "./_foreign_writes.ts";

const SELECT = `
  SELECT number, text FROM json_each(?) AS wanted CROSS JOIN terms ON number = wanted.value`;
/** About 13 MB, if they are UUIDs. */
const MAX_KEPT = 131_072;

/**
 * The texts of numbers in a knowledge database, kept once read: every walk needs one for each entity,
 * and most walks meet those that the last one met. The number of a text never changes, unless another
 * process puts another database into the file.
 */
export class TermTexts {
  readonly #database: Database;
  readonly #foreign: ForeignWrites;
  readonly #kept = new Map<number, string>();

  constructor(database: Database) {
    this.#database = database;
    this.#foreign = new ForeignWrites(database);
  }

  /** Adds the texts of some numbers to a map. For use in a read: what was not committed may be undone. */
  addTo(texts: Map<number, string>, numbers: readonly number[]): void {
    this.#forget();
    const missing: number[] = [];
    for (const number of numbers) {
      const text = this.#kept.get(number);
      if (text === undefined) missing.push(number);
      else texts.set(number, text);
    }
    if (missing.length > 0) this.#read(texts, missing);
  }

  #read(texts: Map<number, string>, numbers: readonly number[]): void {
    const select = this.#database.prepare<[number, string]>(SELECT);
    for (const [number, text] of select.all(JSON.stringify(numbers))) {
      texts.set(number, text);
      if (this.#kept.size < MAX_KEPT) this.#kept.set(number, text);
    }
  }

  /** Begins anew when there is no more room, so that what is walked now gets its turn. */
  #forget(): void {
    if (this.#foreign.happened() || this.#kept.size >= MAX_KEPT) this.#kept.clear();
  }
}
