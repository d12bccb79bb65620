// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type StartCandidate, startOrder } from "./_start_order.ts";

function candidates(needs: Record<string, string[]>): StartCandidate[] {
  return Object.entries(needs).map(([name, needs]) => ({ name, needs }));
}

Deno.test("startOrder() puts each plugin after those that it needs", async (t) => {
  const cases: [string, Record<string, string[]>, string[], Record<string, string[]>][] = [
    ["none", {}, [], {}],
    ["by name", { b: [], a: [] }, ["a", "b"], {}],
    ["a chain", { a: ["b"], b: ["c"], c: [] }, ["c", "b", "a"], {}],
    ["a diamond", { a: ["b", "c"], b: ["d"], c: ["d"], d: [] }, ["d", "b", "c", "a"], {}],
    ["an absent one", { a: ["gone"], b: ["a"] }, ["a", "b"], {}],
    ["itself", { a: ["a"], b: [] }, ["b"], { a: ["a", "a"] }],
    ["a circle of two", { a: ["b"], b: ["a"], c: [] }, ["c"], {
      a: ["a", "b", "a"],
      b: ["b", "a", "b"],
    }],
    [
      "what needs a circle is in none",
      { a: ["b"], b: ["c"], c: ["b"] },
      ["a"],
      { b: ["b", "c", "b"], c: ["c", "b", "c"] },
    ],
  ];
  for (const [name, needs, order, circles] of cases) {
    await t.step(name, () => {
      const result = startOrder(candidates(needs));
      assertEquals(result.order, order);
      assertEquals(Object.fromEntries(result.circles), circles);
    });
  }
});

Deno.test("startOrder() loses no plugin and breaks no need", () => {
  const name = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const graph = fc.uniqueArray(fc.record({ name, needs: fc.uniqueArray(name) }), {
    selector: (candidate) => candidate.name,
  });
  fc.assert(fc.property(graph, (candidates) => {
    const { order, circles } = startOrder(candidates);
    assertEquals(
      [...order, ...circles.keys()].sort(),
      candidates.map((candidate) => candidate.name).sort(),
    );
    for (const { name, needs } of candidates) {
      if (!order.includes(name)) continue;
      for (const need of needs.filter((need) => order.includes(need))) {
        assert(order.indexOf(need) < order.indexOf(name));
      }
    }
    for (const [name, circle] of circles) {
      assertEquals([circle.at(0), circle.at(-1)], [name, name]);
    }
  }));
});
