// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStrictEquals } from "@std/assert";
import { openDatabase } from "./_database.ts";
import { MEMORY_SCHEMA } from "./_memory_schema.ts";

Deno.test("Database keeps prepared statements, but not without end", async () => {
  const database = openDatabase(":memory:", MEMORY_SCHEMA);
  const first = database.prepare<[number]>("SELECT 0");
  assertStrictEquals(database.prepare("SELECT 0"), first);
  for (let number = 1; number <= 10_000; number++) database.prepare(`SELECT ${number}`);
  const again = database.prepare<[number]>("SELECT 0");
  assertEquals(again === first, false);
  assertEquals([first.get(), again.get()], [[0], [0]]); // one that is in use goes on
  await database.transaction({ action: "test", subject: "it" }, () => {}); // with its own statements
  await database.close();
});
