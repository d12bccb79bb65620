// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertLess } from "@std/assert";
import { RecentIds } from "./_recent_ids.ts";

Deno.test("RecentIds remembers what was met a short while ago, and no other", () => {
  const recent = new RecentIds();
  const ids = Array.from({ length: 100 }, (_, n) => `session-${n * 7919}-of-ada`);
  assertEquals(ids.filter((id) => recent.hasOrAdd(id)), []);
  const displaced = ids.filter((id) => !recent.hasOrAdd(id));
  assertLess(displaced.length, 20);
});
