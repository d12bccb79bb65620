// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatPath, isMapping, parsePath, valueAt, withValueAt } from "./_path.ts";

Deno.test("formatPath() writes words, indexes and other keys", async (t) => {
  const cases = [
    [[], ""],
    [["networking", "listen"], "networking.listen"],
    [["members", 0], "members[0]"],
    [["prices", "openai/gpt-4.1", "input"], 'prices["openai/gpt-4.1"].input'],
    [["a\nb"], '["a\\nb"]'],
    [[""], '[""]'],
  ] as const;
  for (const [path, text] of cases) await t.step(text, () => assertEquals(formatPath(path), text));
});

Deno.test("parsePath() reads what formatPath() writes", () => {
  const path = fc.array(fc.oneof(fc.string(), fc.nat(1000)), { minLength: 1 });
  fc.assert(fc.property(path, (segments) => {
    assertEquals(parsePath(formatPath(segments)), segments);
  }));
});

Deno.test("parsePath() refuses what is no path", async (t) => {
  for (const text of ["", "a..b", "a.", "[x]", "a[", 'a["b]']) {
    await t.step(JSON.stringify(text), () => {
      assertThrows(() => parsePath(text), TypeError, "Cannot read");
    });
  }
});

Deno.test("valueAt() gives own values only", () => {
  assertEquals(valueAt({ a: [{ b: 1 }] }, ["a", 0, "b"]), 1);
  assertEquals(valueAt({ a: 1 }, ["constructor"]), undefined);
  assertEquals(valueAt({ a: [1] }, ["a", "length"]), undefined);
  assertEquals(valueAt({ a: 1 }, ["a", "b", "c"]), undefined);
});

Deno.test("withValueAt() copies and sets", async (t) => {
  const tree = { a: { b: 1 }, list: [1, 2], text: "x" };
  const cases = [
    { path: ["a", "b"], value: 2, expected: { ...tree, a: { b: 2 } } },
    { path: ["a", "c", "d"], value: 2, expected: { ...tree, a: { b: 1, c: { d: 2 } } } },
    { path: ["list", 1], value: 9, expected: { ...tree, list: [1, 9] } },
    { path: ["list", 2], value: 3, expected: { ...tree, list: [1, 2, 3] } },
    { path: ["list", 0], value: undefined, expected: { ...tree, list: [2] } },
    { path: ["list", "x"], value: 3, expected: tree },
    { path: ["list", 7], value: 3, expected: tree },
    { path: ["text", "x"], value: 3, expected: tree },
    { path: ["text"], value: undefined, expected: { a: { b: 1 }, list: [1, 2] } },
    { path: ["no", "such"], value: undefined, expected: tree },
    { path: [], value: 1, expected: 1 },
  ] as const;
  for (const { path, value, expected } of cases) {
    await t.step(`${path.join(".")} = ${value}`, () => {
      assertEquals<unknown>(withValueAt(tree, path, value), expected);
    });
  }
  assertEquals(tree, { a: { b: 1 }, list: [1, 2], text: "x" });
});

Deno.test("withValueAt() cannot reach a prototype", () => {
  const changed = withValueAt({}, ["__proto__", "polluted"], true);
  assertEquals(Object.getPrototypeOf(changed), Object.prototype);
  assertFalse("polluted" in {});
});

Deno.test("isMapping() knows plain objects", () => {
  assert(isMapping({}));
  assert(isMapping(Object.create(null)));
  for (const value of [null, 1, "x", [], new Date(), () => {}]) assertFalse(isMapping(value));
});
