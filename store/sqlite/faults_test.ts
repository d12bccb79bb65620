// SPDX-License-Identifier: Apache-2.0

/** Files that are not ours, disks that are full, locks that others hold. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError, type StoreErrorCode } from "../errors.ts";
import { openDatabase } from "./_database.ts";
import { MEMORY_SCHEMA } from "./_memory_schema.ts";
import { Workspaces } from "./_workspaces.ts";
import { openGatewayStore, openMessageStore, openSessionStore } from "./mod.ts";

const SESSION = { id: "s1", workspaceId: "w1", userId: "u1" };

async function inTempDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sigil-" });
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function rejectsWith(code: StoreErrorCode, run: () => Promise<unknown>): Promise<StoreError> {
  const error = await assertRejects(run, StoreError);
  assertEquals(error.code, code, error.message);
  return error;
}

Deno.test("openSessionStore() refuses what is not its database, and leaves it as it was", async (t) => {
  await inTempDirectory(async (directory) => {
    const path = `${directory}/store.db`;
    const cases: readonly (readonly [string, StoreErrorCode, string, () => Promise<void>])[] = [
      [
        "a text file",
        "corrupt",
        "not a database",
        () => Deno.writeTextFile(path, "Dear diary, ".repeat(1000)),
      ],
      ["another program's database", "corrupt", "another program", async () => {
        using database = new DatabaseSync(path);
        database.exec("CREATE TABLE diary (entry TEXT); INSERT INTO diary VALUES ('Dear diary')");
      }],
      ["a database of another kind", "corrupt", "it holds gateway, not sessions", async () => {
        await (await openGatewayStore(path)).close();
      }],
      ["a database of a newer version", "too_new", "9999_future", async () => {
        await (await openSessionStore(path)).close();
        using database = new DatabaseSync(path);
        database.exec(
          "INSERT INTO sigil_migrations (kind, name, applied_at) VALUES ('sessions', '9999_future', '')",
        );
      }],
      ["a directory", "unavailable", "it is a directory", () => Deno.mkdir(path)],
    ];
    for (const [name, code, reason, prepare] of cases) {
      await t.step(name, async () => {
        await prepare();
        const before = await Deno.stat(path);
        const error = await rejectsWith(code, () => openSessionStore(path));
        assertStringIncludes(error.message, reason);
        assertEquals(error.subject, path);
        if (before.isFile && code === "corrupt") {
          assertEquals((await Deno.stat(path)).size, before.size);
        }
        await Deno.remove(path, { recursive: true });
        for (const suffix of ["-wal", "-shm"]) await Deno.remove(path + suffix).catch(() => {});
      });
    }
  });
});

Deno.test("openSessionStore() refuses a folder that does not exist", async () => {
  const error = await rejectsWith(
    "unavailable",
    () => openSessionStore("/nonexistent/folder/store.db"),
  );
  assertStringIncludes(error.message, "its folder does not exist");
});

Deno.test("openSessionStore() makes a file that only its owner can read", async () => {
  await inTempDirectory(async (directory) => {
    const path = `${directory}/store.db`;
    await using store = await openSessionStore(path);
    await store.createSession(SESSION);
    for (const suffix of ["", "-wal", "-shm"]) {
      assertEquals(((await Deno.stat(path + suffix)).mode ?? 0) & 0o777, 0o600, suffix);
    }
  });
});

Deno.test("a damaged page gives corrupt, and what lies elsewhere stays readable", async () => {
  await inTempDirectory(async (directory) => {
    const path = `${directory}/store.db`;
    {
      await using store = await openSessionStore(path);
      await store.createSession(SESSION);
      await store.createSession({ ...SESSION, id: "s2" });
      await store.appendMessage("s1", { id: "small", role: "user", content: "readable" });
      for (let index = 0; index < 200; index++) {
        await store.appendMessage("s2", {
          id: `m${index}`,
          role: "user",
          content: "x".repeat(3000),
        });
      }
    }
    const { size } = await Deno.stat(path);
    using file = await Deno.open(path, { write: true });
    // The pages in the middle hold the long messages of s2.
    await file.seek(Math.floor(size / 2 / 4096) * 4096, Deno.SeekMode.Start);
    await file.write(new Uint8Array(40 * 4096).fill(0xff));
    await using store = await openSessionStore(path);
    await rejectsWith("corrupt", () => store.getActiveWindow("s2", 10_000));
    assertEquals((await store.getActiveWindow("s1", 10))[0]?.content, "readable");
  });
});

Deno.test("another process that holds the lock makes a write wait, then gives busy", async () => {
  await inTempDirectory(async (directory) => {
    const path = `${directory}/store.db`;
    await using store = await openSessionStore(path, { busyTimeoutMs: 60 });
    await store.createSession(SESSION);
    using other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const message = (id: string) => ({ id, role: "user", content: id }) as const;
    await rejectsWith("busy", () => store.appendMessage("s1", message("refused")));
    const waiting = store.appendMessage("s1", message("patient"));
    other.exec("COMMIT");
    await waiting;
    assertEquals((await store.getActiveWindow("s1", 9)).map(({ id }) => id), ["patient"]);
  });
});

Deno.test("a full disk rejects what did not fit, and keeps what was stored", async (t) => {
  await inTempDirectory(async (directory) => {
    const mounted = await mountSmallDisk(directory);
    for (const [size, length] of [[1, 20_000], [16, 20_000], [16, 4000]] as const) {
      await t.step({
        name: `on a disk of 1 MB, ${size} of ${length} characters at once`,
        ignore: !mounted,
        fn: () => fillDisk(directory, size, length),
      });
    }
    if (mounted) await new Deno.Command("umount", { args: [directory] }).output();
  });
});

async function fillDisk(directory: string, size: number, length: number): Promise<void> {
  const path = `${directory}/store.db`;
  const kept: string[] = [];
  let last = 0;
  {
    await using store = await openSessionStore(path);
    await store.createSession(SESSION);
    const append = async () => {
      const id = `m${last++}`;
      await store.appendMessage("s1", { id, role: "user", content: "x".repeat(length) });
      kept.push(id);
    };
    const error = await rejectsWith("full", async () => {
      while (last < 1000) {
        const group = await Promise.allSettled(Array.from({ length: size }, append));
        for (const result of group) if (result.status === "rejected") throw result.reason;
      }
    });
    assertStringIncludes(error.message, "the disk is full");
    assertEquals((await store.getActiveWindow("s1", 1000)).map(({ id }) => id), kept);
  }
  {
    await using store = await openSessionStore(path);
    assertEquals((await store.getActiveWindow("s1", 1000)).map(({ id }) => id), kept);
  }
  await Deno.remove(path);
}

Deno.test("a disk that cannot be written gives read_only", async (t) => {
  await inTempDirectory(async (directory) => {
    const mounted = await mountSmallDisk(directory);
    await t.step({
      name: "mounted read-only",
      ignore: !mounted,
      fn: async () => {
        await (await openMessageStore(`${directory}/store.db`)).close();
        await new Deno.Command("mount", { args: ["-o", "remount,ro", directory] }).output();
        await rejectsWith("read_only", () => openMessageStore(`${directory}/store.db`));
        await rejectsWith("read_only", () => openMessageStore(`${directory}/new.db`));
      },
    });
    if (mounted) await new Deno.Command("umount", { args: [directory] }).output();
  });
});

/** Mounts a disk of 1 MB, where the machine lets us. */
async function mountSmallDisk(directory: string): Promise<boolean> {
  try {
    const mount = new Deno.Command("mount", {
      args: ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory],
      stderr: "null",
    });
    return (await mount.output()).success;
  } catch {
    return false;
  }
}

Deno.test("a migration step is done whole or not begun", async () => {
  await inTempDirectory(async (directory) => {
    const path = `${directory}/store.db`;
    const first = { name: "0001_first", sql: "CREATE TABLE first (id TEXT) STRICT;" };
    const broken = {
      name: "0002_second",
      sql: "CREATE TABLE second (id TEXT) STRICT; CREATE TABLE first (id TEXT);",
    };
    await openDatabase(path, { kind: "test", migrations: [first] }).close();
    assertThrows(
      () => openDatabase(path, { kind: "test", migrations: [first, broken] }),
      StoreError,
    );
    using database = new DatabaseSync(path);
    const names = database.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
    ).all();
    assertEquals(names.map((row) => row["name"]), ["first", "sigil_migrations"]);
    const mended = { name: "0002_second", sql: "CREATE TABLE second (id TEXT) STRICT;" };
    await openDatabase(path, { kind: "test", migrations: [first, mended] }).close();
    const steps = database.prepare("SELECT name FROM sigil_migrations ORDER BY number").all();
    assertEquals(steps.map((row) => row["name"]), ["0001_first", "0002_second"]);
  });
});

Deno.test("a write that undoes the whole group takes no other write with it", async () => {
  const database = openDatabase(":memory:", {
    kind: "test",
    migrations: [{ name: "0001_first", sql: "CREATE TABLE items (id TEXT PRIMARY KEY) STRICT;" }],
  });
  const task = { action: "add", subject: "item" };
  const insert = (id: string) => () => database.prepare("INSERT INTO items VALUES (?)").run(id);
  const settled = await Promise.allSettled([
    database.write(task, insert("a")),
    database.write(
      task,
      () => database.prepare("INSERT OR ROLLBACK INTO items VALUES ('a')").run(),
    ),
    database.write(task, insert("b")),
    database.write(task, insert("b")),
  ]);
  assertEquals(settled.map(({ status }) => status), [
    "fulfilled",
    "rejected",
    "fulfilled",
    "rejected",
  ]);
  const rows = await database.read(
    task,
    () => database.prepare<[string]>("SELECT id FROM items ORDER BY id").all(),
  );
  assertEquals(rows.flat(), ["a", "b"]);
  assert(rows.length === 2);
  await database.close();
});

Deno.test("a write of several statements that fails halfway leaves nothing, and takes no other with it", async () => {
  const database = openDatabase(":memory:", {
    kind: "test",
    migrations: [{ name: "0001_first", sql: "CREATE TABLE items (id TEXT PRIMARY KEY) STRICT;" }],
  });
  const task = { action: "add", subject: "items" };
  const insert = (...ids: string[]) => () => {
    for (const id of ids) database.prepare("INSERT INTO items VALUES (?)").run(id);
  };
  let rollbacks = 0;
  database.onRollback(() => rollbacks++);
  const settled = await Promise.allSettled([
    database.transaction(task, insert("a", "b")),
    database.transaction(task, insert("c", "a")),
    database.write(task, insert("b")),
    database.transaction(task, insert("d", "e")),
    database.transaction(task, insert("f", "e")),
    database.write(task, insert("g")),
  ]);
  assertEquals(settled.map(({ status }) => status), [
    "fulfilled",
    "rejected",
    "rejected",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  const rows = await database.read(
    task,
    () => database.prepare<[string]>("SELECT id FROM items ORDER BY id").all(),
  );
  assertEquals(rows.flat(), ["a", "b", "d", "e", "g"]);
  assert(rollbacks > 0);
  await database.close();
});

Deno.test("the number of a workspace whose first write was undone is not used", async () => {
  const database = openDatabase(":memory:", MEMORY_SCHEMA);
  const workspaces = new Workspaces(database);
  const task = { action: "add", subject: "home" };
  const add = () => workspaces.obtain("home");
  const settled = await Promise.allSettled([
    database.transaction(task, () => {
      add();
      throw new Error("halfway");
    }),
    database.transaction(task, () => [add(), workspaces.find("home")]),
    database.transaction(task, () => {
      throw new Error("at once");
    }),
  ]);
  assertEquals(settled.map(({ status }) => status), ["rejected", "fulfilled", "rejected"]);
  const rows = await database.read(
    task,
    () => database.prepare<[number, string]>("SELECT number, id FROM workspaces").all(),
  );
  assertEquals(rows.map((row) => [...row]), [[workspaces.find("home") ?? NaN, "home"]]);
  await database.close();
});
