// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { attributeOf, attributesOf } from "./attributes.ts";

Deno.test("attributeOf() differs for whatever differs", () => {
  const long = "x".repeat(1000);
  const attributes = [
    attributeOf("a", 1),
    attributeOf("a", "1"),
    attributeOf("a", true),
    attributeOf("a", "true"),
    attributeOf('a","1', ""),
    attributeOf("a", '","1'),
    attributeOf("a", "\0"),
    attributeOf("a", "\ud800"),
    attributeOf("a", long),
    attributeOf("a", `${long}y`),
    attributeOf(long, "a"),
  ];
  assertEquals(new Set(attributes).size, attributes.length);
  assertEquals(attributes.every((text) => text.length <= 200 && text.isWellFormed()), true);
});

Deno.test("attributesOf() leaves out what cannot be filtered by", () => {
  assertEquals(attributesOf({ a: 1, b: null, c: [1], d: { a: 1 }, e: false }), [
    attributeOf("a", 1),
    attributeOf("e", false),
  ]);
});
