// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { StoreError } from "./errors.ts";
import { openGatewayStore, openWorkspaceStores } from "./open_stores.ts";
import type { StorageConfig } from "./storage_config.ts";

async function inTempDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sigil-" });
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function filesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) =>
    name.endsWith(".db")
  ).sort();
}

Deno.test("new workspace stores SQLite", async () => {
  await inTempDirectory(async (directory) => {
    await using stores = await openWorkspaceStores({ backend: "sqlite" }, directory);
    assert(stores.sessions);
    assert(stores.memory);
    assert(stores.vectors);
    assertEquals(filesIn(directory), ["knowledge.db", "memory.db", "sessions.db", "vectors.db"]);
  });
});

Deno.test("new gateway store SQLite", async () => {
  await inTempDirectory(async (directory) => {
    await using store = await openGatewayStore({ backend: "sqlite" }, directory);
    await store.users.create({ id: "u1", name: "Ada" });
    assertEquals(filesIn(directory), ["gateway.db"]);
  });
});

Deno.test("new workspace stores unknown backend", async (t) => {
  const configs: Record<string, StorageConfig> = {
    "the default": { backend: "unknown" },
    "sessions": { session: { backend: "unknown" } },
    "memory": { memory: { backend: "unknown" } },
    "knowledge": { memory: { knowledge: { backend: "unknown" } } },
    "vectors": { vector: { backend: "unknown" } },
    "a name that every object has": { backend: "toString" },
  };
  for (const [name, config] of Object.entries(configs)) {
    await t.step(name, async () => {
      await inTempDirectory(async (directory) => {
        const error = await assertRejects(() => openWorkspaceStores(config, directory), StoreError);
        assertEquals(error.code, "unknown_backend");
        assertStringIncludes(
          error.message,
          name === "a name that every object has" ? "toString" : "unknown",
        );
        assertEquals(filesIn(directory), []);
      });
    });
  }
  const error = await assertRejects(
    () => openGatewayStore({ backend: "unknown" }, "unused"),
    StoreError,
  );
  assertEquals(error.code, "unknown_backend");
});

Deno.test("openWorkspaceStores() keeps each part by the narrowest setting", async () => {
  await inTempDirectory(async (directory) => {
    const config = {
      backend: "inmem",
      memory: { knowledge: { backend: "sqlite" } },
      vector: { backend: "sqlite" },
    };
    await using stores = await openWorkspaceStores(config, directory);
    await stores.memory.knowledge.putEntity("w1", { id: "e", type: "thing", name: "Thing" });
    assertEquals(filesIn(directory), ["knowledge.db", "vectors.db"]);
  });
});

Deno.test("openWorkspaceStores() keeps vectors by sqlite-vec when asked to", async () => {
  await inTempDirectory(async (directory) => {
    const config = { backend: "inmem", vector: { backend: "sqlite_vec" } };
    await using stores = await openWorkspaceStores(config, directory);
    await stores.vectors.store("v1", [1, 0]);
    assertEquals((await stores.vectors.search([1, 0], 1))[0]?.id, "v1");
    assertEquals(filesIn(directory), ["vectors.db"]);
  });
});

Deno.test("openWorkspaceStores() finds everything again after closing", async () => {
  await inTempDirectory(async (directory) => {
    const home = `${directory}/home`;
    {
      await using stores = await openWorkspaceStores({}, home);
      await stores.sessions.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
      await stores.memory.messages.append("home", {
        id: "m1",
        role: "user",
        content: "the key is under the mat",
      });
      await stores.memory.knowledge.putEntity("home", { id: "ada", type: "person", name: "Ada" });
      await stores.vectors.store("v1", [1, 0]);
    }
    assertEquals(((await Deno.stat(home)).mode ?? 0) & 0o777, 0o700);
    await using stores = await openWorkspaceStores({}, home);
    assertEquals((await stores.sessions.getSession("s1")).userId, "ada");
    assertEquals((await stores.memory.messages.search("home", "key")).length, 1);
    assertEquals((await stores.memory.knowledge.getEntity("home", "ada")).name, "Ada");
    assertEquals((await stores.vectors.search([1, 0], 1))[0]?.id, "v1");
  });
});

Deno.test("openWorkspaceStores() closes what is open when a later part fails", async () => {
  await inTempDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/memory.db`, "Dear diary, ".repeat(1000));
    const error = await assertRejects(() => openWorkspaceStores({}, directory), StoreError);
    assertEquals(error.code, "corrupt");
    // A database that was left open would keep its log beside it.
    assertEquals([...Deno.readDirSync(directory)].filter(({ name }) => name.endsWith("-wal")), []);
    assertEquals(await Deno.readTextFile(`${directory}/memory.db`), "Dear diary, ".repeat(1000));
  });
});

Deno.test("openWorkspaceStores() says which directory cannot be made", async () => {
  await inTempDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    const error = await assertRejects(
      () => openWorkspaceStores({}, `${directory}/file/home`),
      StoreError,
    );
    assertEquals(error.code, "unavailable");
    assertStringIncludes(error.message, "file/home");
  });
});

Deno.test({
  name: "openWorkspaceStores() needs no permission with inmem",
  permissions: "none",
  fn: async () => {
    await using stores = await openWorkspaceStores({ backend: "inmem" }, "unused");
    await stores.sessions.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
  },
});
