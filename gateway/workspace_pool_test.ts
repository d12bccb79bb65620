// SPDX-License-Identifier: Apache-2.0

import { makeTempDir } from "../tests/gateway/_temp_dir.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { StoreError } from "@sigil/store";
import { join } from "node:path";
import { silentLogger } from "./logger.ts";
import { WorkspacePool } from "./workspace_pool.ts";

function makePool(directory: string, backend: "inmem" | "sqlite") {
  return new WorkspacePool({
    storage: { backend },
    directory,
    isKnown: (id) => id === "default",
    logger: silentLogger,
  });
}

Deno.test("WorkspacePool.open() opens a workspace once, and closes it", async () => {
  const pool = makePool("unused", "inmem");
  const [first, second] = await Promise.all([pool.open("default"), pool.open("default")]);
  assertStrictEquals(first, second);
  await pool[Symbol.asyncDispose]();
  const error = await assertRejects(() => first.sessions.listSessions("default"), StoreError);
  assertEquals(error.code, "closed");
});

Deno.test("WorkspacePool.open() refuses a workspace that there is not", async () => {
  await using pool = makePool("unused", "inmem");
  const error = await assertRejects(() => pool.open("../etc"), StoreError);
  assertEquals(error.code, "not_found");
});

Deno.test("WorkspacePool.open() tries again what could not be opened", async () => {
  const directory = await makeTempDir();
  await using pool = makePool(directory, "sqlite");
  await Deno.writeTextFile(join(directory, "workspaces"), "in the way");
  await assertRejects(() => pool.open("default"), StoreError);
  await Deno.remove(join(directory, "workspaces"));
  assert(await pool.open("default"));
});
