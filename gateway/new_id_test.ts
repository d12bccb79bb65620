// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { newId } from "./new_id.ts";

Deno.test("newId() makes UUIDs of version 7 that sort by time", () => {
  const moment = fc.integer({ min: 0, max: 0xffff_ffff_ffff });
  fc.assert(fc.property(moment, moment, (left, right) => {
    const [a, b] = [newId(new Date(left)), newId(new Date(right))];
    assertMatch(a, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    if (left !== right) assertEquals(a < b, left < right);
    else assertNotEquals(a, b);
  }));
});
