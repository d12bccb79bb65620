// SPDX-License-Identifier: Apache-2.0

/** A power of two. */
const PLACES = 1024;

/**
 * Remembers ids that were met a short while ago, about a thousand of them, by a number made of their
 * letters: an id is forgotten when another comes to the same place, and once in four billion times one is
 * taken for another. It holds on to no text, and costs less than a set.
 */
export class RecentIds {
  readonly #numbers = new Int32Array(PLACES);

  /** Tells whether an id is remembered, and remembers it. */
  hasOrAdd(id: string): boolean {
    let number = id.length;
    for (let index = 0; index < id.length; index++) {
      number = Math.imul(number, 31) + id.charCodeAt(index) | 0;
    }
    const place = number & (PLACES - 1);
    if (this.#numbers[place] === number) return true;
    this.#numbers[place] = number;
    return false;
  }
}
