// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { RecentIds } from "./_recent_ids.ts";

Deno.test("RecentIds holds the ids that were added last", () => {
  const ids = new RecentIds(2);
  const held = () => ["a", "b", "c"].filter((id) => ids.has(id));
  ids.add("a");
  ids.add("b");
  ids.add("b");
  assertEquals(held(), ["a", "b"]);
  ids.add("c");
  assertEquals(held(), ["b", "c"]);
  ids.delete("b");
  ids.delete("a");
  ids.add("a");
  assertEquals(held(), ["a", "c"]);
});

Deno.test("RecentIds holds the last half of what it may hold, and never more than that", () => {
  const ids = new RecentIds(10);
  const held = (count: number) =>
    Array.from({ length: count }, (_, index) => index).filter((index) => ids.has(`${index}`));
  for (let count = 1; count <= 35; count++) {
    ids.add(`${count - 1}`);
    const now = held(count);
    assertEquals(now, Array.from(now, (_, index) => count - now.length + index));
    assertEquals(now.length <= 10 && now.length >= Math.min(count, 5), true);
  }
});
