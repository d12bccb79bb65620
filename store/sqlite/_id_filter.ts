// SPDX-License-Identifier: Apache-2.0

import { numberOf } from "./_id_number.ts";

/** A power of two. */
const PLACES = 4096;

/** Tells of most ids that they are not among those that were added, without looking into a map. */
export class IdFilter {
  readonly #counts = new Uint16Array(PLACES);

  /** Tells whether an id may have been added. What has been is never denied. */
  mayHave(id: string): boolean {
    return this.#counts[placeOf(id)] !== 0;
  }

  /** Adds an id. At most 65,535 may be in it, and each once. */
  add(id: string): void {
    this.#change(id, 1);
  }

  /** Takes out an id that was added. */
  remove(id: string): void {
    this.#change(id, -1);
  }

  /** Takes out all. */
  clear(): void {
    this.#counts.fill(0);
  }

  #change(id: string, by: number): void {
    const place = placeOf(id);
    this.#counts[place] = (this.#counts[place] ?? 0) + by;
  }
}

function placeOf(id: string): number {
  return numberOf(id) & (PLACES - 1);
}
