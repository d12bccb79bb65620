// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes } from "@std/assert";
import { MAIN_LOCK, makeMainLock } from "../tools/write_main_lock.ts";

Deno.test("main.lock is the part of deno.lock that the sigil command needs", async () => {
  assertEquals(await Deno.readTextFile(MAIN_LOCK), await makeMainLock(), "run `deno task lock`");
});

Deno.test("main.lock leaves out what only tests need", async () => {
  const lock = await Deno.readTextFile(MAIN_LOCK);
  assertStringIncludes(lock, '"npm:hono@');
  for (const name of ["assemblyscript", "@bufbuild/buf", "openai@", "langchain"]) {
    assertEquals(lock.includes(`"npm": {${name}`) || lock.includes(`    "${name}`), false, name);
  }
});
