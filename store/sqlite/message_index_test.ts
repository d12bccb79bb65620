// SPDX-License-Identifier: Apache-2.0

/** The text index of each workspace, beyond what every backend promises. */

import { assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import type { MessageStore } from "../message_store.ts";
import { openDatabase } from "./_database.ts";
import { MEMORY_SCHEMA } from "./_memory_schema.ts";
import { MessageIndex } from "./_message_index.ts";
import { SqliteMessageStore } from "./message_store.ts";
import { openMessageStore } from "./mod.ts";

async function withFile(run: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sigil-" });
  try {
    await run(`${directory}/memory.db`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function append(store: MessageStore, workspace: string, id: string, content: string) {
  return store.append(workspace, { id, role: "user", content });
}

async function found(store: MessageStore, workspace: string, query: string): Promise<string[]> {
  return (await store.search(workspace, query)).map(({ id }) => id).sort();
}

function indexesOf(path: string): unknown[] {
  using database = new DatabaseSync(path);
  return database.prepare(
    "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%' ORDER BY name",
  ).all().map((row) => row["name"]);
}

function alter(path: string, sql: string): void {
  using database = new DatabaseSync(path);
  database.exec(sql);
}

Deno.test("the index of a workspace comes with its first message and goes with its last", async () => {
  await withFile(async (path) => {
    await using store = await openMessageStore(path);
    assertEquals(indexesOf(path), []);
    await append(store, '"; DROP TABLE messages; --', "m1", "apple");
    await append(store, "w2", "m1", "apple");
    assertEquals(indexesOf(path), ["messages_text_1", "messages_text_2"]);
    assertEquals(await store.trim('"; DROP TABLE messages; --', 0), 1);
    assertEquals(await store.deleteByIds("w2", ["m1", "m2"]), 1);
    assertEquals(indexesOf(path), []);
    assertEquals(await found(store, "w2", "apple"), []);
    await append(store, "w2", "m2", "apple pie");
    assertEquals(indexesOf(path), ["messages_text_2"]);
    assertEquals(await found(store, "w2", "apple"), ["m2"]);
  });
});

Deno.test("appends and deletions of one group count in their order", async () => {
  await using store = await openMessageStore(":memory:");
  await Promise.all([
    append(store, "w1", "m1", "apple"),
    store.deleteByIds("w1", ["m1"]),
    append(store, "w1", "m2", "pear"),
    append(store, "w1", "m3", "plum"),
    store.deleteByIds("w1", ["m3"]),
    append(store, "w1", "m4", "quince"),
  ]);
  assertEquals(await found(store, "w1", "apple plum"), []);
  assertEquals(await found(store, "w1", "pear quince"), ["m2", "m4"]);
  assertEquals(await store.count("w1"), 2);
});

Deno.test("a message that cannot be indexed is not kept, and takes no other with it", async () => {
  await withFile(async (path) => {
    await using store = await openMessageStore(path);
    await append(store, "w1", "m1", "apple");
    await append(store, "w2", "m1", "apple");
    alter(path, "DROP TABLE messages_text_1");
    const [first, lost, last] = await Promise.allSettled([
      append(store, "w2", "m2", "apple"),
      append(store, "w1", "m2", "apple"),
      append(store, "w2", "m3", "apple"),
    ]);
    assertEquals([first.status, lost.status, last.status], ["fulfilled", "rejected", "fulfilled"]);
    assertEquals(await found(store, "w2", "apple"), ["m1", "m2", "m3"]);
    assertEquals((await store.getOldest("w1", 9)).map(({ id }) => id), ["m1"]);
    assertEquals([await store.count("w1"), await store.count("w2")], [1, 3]);
    await assertRejects(() => store.search("w1", "apple"), StoreError);
  });
});

Deno.test("openMessageStore() builds the index of a workspace that has none", async () => {
  await withFile(async (path) => {
    {
      await using store = await openMessageStore(path);
      await append(store, "w1", "m1", "数据库很快");
      await append(store, "w1", "m2", "apples");
      await append(store, "w2", "m1", "apple");
    }
    alter(path, "DROP TABLE messages_text_1");
    await using store = await openMessageStore(path);
    assertEquals(await found(store, "w1", "数据 apple"), ["m1", "m2"]);
    assertEquals(await found(store, "w2", "apple"), ["m1"]);
  });
});

Deno.test("a workspace whose first write was undone is added again", async () => {
  await withFile(async (path) => {
    await using store = await openMessageStore(path);
    alter(
      path,
      `CREATE TRIGGER broken BEFORE INSERT ON messages WHEN new.content = 'undo'
       BEGIN SELECT RAISE(ROLLBACK, 'undone'); END`,
    );
    // The second write sees the workspace that the first added, before the third undoes both.
    const settled = await Promise.allSettled([
      append(store, "w1", "m1", "apple"),
      append(store, "w1", "m2", "apple"),
      append(store, "w1", "m3", "undo"),
      append(store, "w2", "m1", "apple"),
    ]);
    assertEquals(settled.map(({ status }) => status), [
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    assertEquals(await found(store, "w1", "apple"), ["m1", "m2"]);
    assertEquals(await found(store, "w2", "apple"), ["m1"]);
  });
});

Deno.test("a search among many messages gives nothing when all are deleted meanwhile", async () => {
  await withFile(async (path) => {
    await using store = await openMessageStore(path);
    const ids = Array.from({ length: 20_100 }, (_, index) => `m${index}`);
    await Promise.all(ids.map((id) => append(store, "w1", id, "hay")));
    assertEquals((await store.search("w1", "hay", { limit: 3 })).length, 3);
    const [hits] = await Promise.all([store.search("w1", "hay"), store.trim("w1", 0)]);
    assertEquals(hits.length === 0 || hits.length === 100, true);
    assertEquals(await store.search("w1", "hay"), []);
  });
});

Deno.test("MessageIndex counts what is rare no further than it has to", async (t) => {
  const database = openDatabase(":memory:", MEMORY_SCHEMA);
  const index = new MessageIndex(database);
  const store = new SqliteMessageStore(database);
  const contents = Array.from({ length: 5000 }, (_, n) => n < 200 ? "hay needle" : "hay");
  await Promise.all(contents.map((content, n) => append(store, "w1", `m${n}`, content)));
  const isRare = (query: string) => index.isRare(1, query);
  await t.step("by the number of messages", async () => {
    assertEquals(
      ['"needle"', '"hay"', '"needle" OR "hay"', '"nothing"', '"needle" OR "nothing"'].map(isRare),
      [true, false, false, true, true],
    );
    await append(store, "w1", "one more", "Needles");
    assertEquals(isRare('"needle"'), false);
  });
  await t.step("and not where many deleted ones lie in between", async () => {
    const other = Array.from({ length: 50_000 }, (_, n) => append(store, "w2", `m${n}`, "hay"));
    await Promise.all([...other, append(store, "w2", "last", "needle")]);
    assertEquals(index.isRare(2, '"needle"'), true);
    await store.deleteByIds("w2", Array.from({ length: 4000 }, (_, n) => `m${n}`));
    assertEquals(index.isRare(2, '"needle"'), false);
    await store.trim("w2", 100);
    assertEquals(index.isRare(2, '"needle"'), true);
    assertEquals(index.isRare(2, '"hay"'), true);
  });
  await database.close();
});

Deno.test("messages of several workspaces that are written together stand each in its own index", async () => {
  await withFile(async (path) => {
    await using store = await openMessageStore(path);
    const ids = Array.from({ length: 30 }, (_, index) => `m${index}`);
    const workspaceOf = (index: number) => `w${index % 3}`;
    await Promise.all(
      ids.map((id, index) => append(store, workspaceOf(index), id, `word${index}`)),
    );
    assertEquals(indexesOf(path).length, 3);
    for (const [index, id] of ids.entries()) {
      assertEquals(await found(store, workspaceOf(index), `word${index}`), [id]);
      assertEquals(await found(store, workspaceOf(index + 1), `word${index}`), []);
    }
    assertEquals(await store.count("w0"), 10);
  });
});

Deno.test("of messages written together, only those fail that cannot be written", async () => {
  await withFile(async (path) => {
    await using store = await openMessageStore(path);
    await append(store, "w1", "m9", "apple");
    const appended = Array.from(
      { length: 20 },
      (_, index) => append(store, "w1", `m${index}`, "pear"),
    );
    const removed = store.deleteByIds("w1", ["m3"]);
    const outcomes = await Promise.allSettled([...appended, removed]);
    const failed = outcomes.flatMap(({ status }, index) => status === "rejected" ? [index] : []);
    assertEquals(failed, [9]);
    await assertRejects(() => appended[9] ?? Promise.resolve(), StoreError, "m9");
    assertEquals(await store.count("w1"), 19);
    assertEquals((await found(store, "w1", "pear")).length, 18);
    assertEquals(await found(store, "w1", "apple"), ["m9"]);
  });
});

Deno.test("a long message that is written with short ones is kept with them, in their order", async () => {
  await withFile(async (path) => {
    await using store = await openMessageStore(path);
    const createdAt = new Date();
    const contents = Array.from(
      { length: 11 },
      (_, index) => index === 5 ? "long ".repeat(2000) : "x",
    );
    await Promise.all(
      contents.map((content, index) =>
        store.append("w1", { id: `m${index}`, role: "user", content, createdAt })
      ),
    );
    const kept = await store.getOldest("w1", 20);
    assertEquals(kept.map(({ id }) => id), contents.map((_, index) => `m${index}`));
    assertEquals(await found(store, "w1", "long"), ["m5"]);
  });
});
