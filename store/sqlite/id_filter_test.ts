// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { IdFilter } from "./_id_filter.ts";

Deno.test("IdFilter never denies an id that is in it", () => {
  const ids = fc.array(fc.record({ id: fc.string({ maxLength: 3 }), isAdded: fc.boolean() }));
  fc.assert(fc.property(ids, (steps) => {
    const filter = new IdFilter();
    const model = new Set<string>();
    for (const { id, isAdded } of steps) {
      if (isAdded === model.has(id)) continue;
      if (isAdded) {
        filter.add(id);
        model.add(id);
      } else {
        filter.remove(id);
        model.delete(id);
      }
      assert([...model].every((each) => filter.mayHave(each)));
    }
    for (const id of model) filter.remove(id);
    assertEquals(steps.filter(({ id }) => filter.mayHave(id)), []);
  }));
});

Deno.test("IdFilter denies most of the ids that are not in it, and all once it is cleared", () => {
  const filter = new IdFilter();
  const ids = Array.from({ length: 400 }, (_, n) => `0190a3c1-7d2e-7000-8000-${n * 7919}`);
  for (const id of ids) filter.add(id);
  const strangers = ids.map((id) => `${id}-other`);
  assertLess(strangers.filter((id) => filter.mayHave(id)).length, 100);
  filter.clear();
  assertEquals(ids.filter((id) => filter.mayHave(id)), []);
});
