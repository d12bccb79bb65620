// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertMatch } from "@std/assert";
import { uuidV7 } from "./_uuid.ts";

Deno.test("uuidV7() carries the time, so that later ids sort later", () => {
  const early = uuidV7(new Date("2026-05-03T10:00:00.000Z"));
  const late = uuidV7(new Date("2026-05-03T10:00:00.001Z"));
  assertMatch(early, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assertEquals(
    Number(`0x${early.replaceAll("-", "").slice(0, 12)}`),
    Date.parse("2026-05-03T10:00:00Z"),
  );
  assert(early < late);
});

Deno.test("uuidV7() never gives the same twice", () => {
  const now = new Date();
  assertEquals(new Set(Array.from({ length: 1000 }, () => uuidV7(now))).size, 1000);
});
