// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SlotSet } from "./slot_set.ts";

const SLOTS = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 100 });

function setOf(slots: readonly number[]): SlotSet {
  const set = new SlotSet();
  for (const slot of slots) set.add(slot);
  return set;
}

function slotsOf(set: SlotSet): number[] {
  return Array.from({ length: 2001 }, (_, slot) => slot).filter((slot) => set.has(slot));
}

Deno.test("SlotSet holds what was added and not deleted", () => {
  fc.assert(fc.property(SLOTS, SLOTS, (added, deleted) => {
    const set = setOf(added);
    for (const slot of deleted) set.delete(slot);
    const expected = new Set(added).difference(new Set(deleted));
    assertEquals(slotsOf(set), [...expected].sort((a, b) => a - b));
  }));
});

Deno.test("SlotSet intersection() gives what is in both, whichever is longer", () => {
  fc.assert(fc.property(SLOTS, SLOTS, (left, right) => {
    const both = setOf(left).intersection(setOf(right));
    const expected = new Set(left).intersection(new Set(right));
    assertEquals(slotsOf(both), [...expected].sort((a, b) => a - b));
  }));
});

Deno.test("SlotSet copyTo() gives zeros past its end", () => {
  const target = new Uint8Array(4).fill(255);
  setOf([249]).copyTo(target, 30);
  assertEquals([...target], [0, 2, 0, 0]);
  setOf([1]).copyTo(target, 1000);
  assertEquals([...target], [0, 0, 0, 0]);
});
