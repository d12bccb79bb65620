// SPDX-License-Identifier: Apache-2.0

import type { VectorFilter } from "../../_vectors.ts";
import type { JsonObject } from "../../knowledge_store.ts";
import type { Database } from "../_database.ts";
import { attributeOf, attributesOf } from "./attributes.ts";
import { SlotSet } from "./slot_set.ts";

const MAX_SETS = 64;
const SELECT_SLOTS = "SELECT slot FROM attributes WHERE attribute = ?";

/**
 * Which slots carry an attribute. Sets that were asked for lately are kept, and kept right: see
 * {@linkcode FilterSets.update}.
 */
export class FilterSets {
  readonly #database: Database;
  /** The least lately used first. */
  readonly #sets = new Map<string, SlotSet>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether a change of metadata matters to it. */
  get isEmpty(): boolean {
    return this.#sets.size === 0;
  }

  /** Gives the slots that pass every filter; undefined, meaning all, when there is no filter. */
  matching(filters: readonly VectorFilter[]): SlotSet | undefined {
    return filters
      .map(([key, value]) => this.#setOf(attributeOf(key, value)))
      .reduce<SlotSet | undefined>((all, set) => all?.intersection(set) ?? set, undefined);
  }

  /** Takes note of what a slot carries now; undefined when it is free. */
  update(slot: number, metadata: JsonObject | undefined): void {
    const attributes = new Set(metadata === undefined ? [] : attributesOf(metadata));
    for (const [attribute, set] of this.#sets) {
      if (attributes.has(attribute)) set.add(slot);
      else set.delete(slot);
    }
  }

  /** Forgets every set. */
  clear(): void {
    this.#sets.clear();
  }

  #setOf(attribute: string): SlotSet {
    const set = this.#sets.get(attribute) ?? this.#read(attribute);
    this.#sets.delete(attribute);
    this.#sets.set(attribute, set);
    const [oldest] = this.#sets.keys();
    if (this.#sets.size > MAX_SETS && oldest !== undefined) this.#sets.delete(oldest);
    return set;
  }

  #read(attribute: string): SlotSet {
    const set = new SlotSet();
    // Row by row would take six times as long.
    const rows = this.#database.prepare<[number]>(SELECT_SLOTS).all(attribute);
    for (const [slot] of rows) set.add(slot);
    return set;
  }
}
