// SPDX-License-Identifier: Apache-2.0

/** A set of ids that holds so many at most, and then drops those that were added first. */
export class RecentIds {
  readonly #max: number;
  readonly #ids = new Set<string>();

  /** @param max How many are held. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Whether an id is held. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Adds an id. */
  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= this.#max) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  /** Drops an id. */
  delete(id: string): void {
    this.#ids.delete(id);
  }
}
