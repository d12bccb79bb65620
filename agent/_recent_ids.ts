// SPDX-License-Identifier: Apache-2.0

/**
 * A set of ids that holds so many at most, and those of them that were added last: at least half as many.
 *
 * It drops the older half at once. To drop one for each that is added, the oldest would have to be found
 * among the places of those that have gone: thousands, in a large set.
 */
export class RecentIds {
  readonly #half: number;
  #older = new Set<string>();
  #newer = new Set<string>();

  /** @param max How many are held, an even number. */
  constructor(max: number) {
    this.#half = max / 2;
  }

  /** Whether an id is held. */
  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id);
  }

  /** Adds an id. */
  add(id: string): void {
    if (this.#newer.has(id)) return;
    if (this.#newer.size >= this.#half) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(id);
  }

  /** Drops an id. */
  delete(id: string): void {
    this.#newer.delete(id);
    this.#older.delete(id);
  }
}
