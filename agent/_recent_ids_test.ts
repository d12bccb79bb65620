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
