// SPDX-License-Identifier: Apache-2.0

import { numberOf } from "./_id_number.ts";

/** A power of two. */
const PLACES = 1024;

/**
 * Remembers ids that were met a short while ago, about a thousand of them, by their numbers: an id is
 * forgotten when another comes to the same place, and once in four billion times one is taken for another.
 */
export class RecentIds {
  readonly #numbers = new Int32Array(PLACES);

  /** Tells whether an id is remembered, and remembers it. */
  hasOrAdd(id: string): boolean {
    const number = numberOf(id);
    const place = number & (PLACES - 1);
    if (this.#numbers[place] === number) return true;
    this.#numbers[place] = number;
    return false;
  }
}
