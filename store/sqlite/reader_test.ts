// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { openMessageStore } from "./message_store.ts";
import { Reader } from "./_reader.ts";

const SLOW = `
  WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < ?)
  SELECT max(n) FROM counter`;

async function withFile(run: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sigil-" });
  const path = `${directory}/store.db`;
  new DatabaseSync(path).close();
  try {
    await run(path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("Reader lets timers run while it works", async () => {
  await withFile(async (path) => {
    const reader = new Reader(path, 1000);
    let isDone = false;
    const query = reader.all<[number]>(SLOW, [3_000_000]).finally(() => isDone = true);
    let ticks = 0;
    while (!isDone) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      ticks++;
    }
    assertEquals(await query, [[3_000_000]]);
    assertEquals(ticks > 10, true);
    await reader.close();
  });
});

Deno.test("Reader starts its thread again when it dies, and asks again", async () => {
  await withFile(async (path) => {
    const reader = new Reader(path, 1000);
    assertEquals(await reader.all("SELECT 1", []), [[1]]);
    const query = reader.all<[number]>(SLOW, [300_000]);
    await reader.worker?.terminate();
    assertEquals(await query, [[300_000]]);
    assertEquals(await reader.all("SELECT 2", []), [[2]]);
    await reader.close();
  });
});

Deno.test("Reader gives up on a query whose thread died twice", async () => {
  await withFile(async (path) => {
    const reader = new Reader(path, 1000);
    const query = assertRejects(() => reader.all(SLOW, [3_000_000]), Error, "ended twice");
    await reader.worker?.terminate();
    await reader.worker?.terminate();
    await query;
    await reader.close();
  });
});

Deno.test("Reader gives SQLite's error as node:sqlite does", async () => {
  await withFile(async (path) => {
    const reader = new Reader(`${path}-missing`, 1000);
    const error = await assertRejects(() => reader.all("SELECT 1", []), Error, "unable to open");
    assertEquals("code" in error && error.code, "ERR_SQLITE_ERROR");
    await reader.close();
  });
});

Deno.test("Reader gives up with the signal's reason, and rejects what is under way on close", async () => {
  await withFile(async (path) => {
    const reader = new Reader(path, 1000);
    const reason = new Error("changed my mind");
    const controller = new AbortController();
    const query = reader.all(SLOW, [300_000], controller.signal);
    controller.abort(reason);
    await assertRejects(() => query, Error, "changed my mind");
    const closing = assertRejects(() => reader.all(SLOW, [300_000]), StoreError, "closed");
    await reader.close();
    await closing;
  });
});

Deno.test("a search over many messages sees the write before it, with no further permission", async () => {
  const directory = await Deno.makeTempDir({ prefix: "sigil-" });
  const script = new URL("testdata/long_search.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      `--allow-read=${directory}`,
      `--allow-write=${directory}`,
      script,
      directory,
    ],
  }).output();
  await Deno.remove(directory, { recursive: true });
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  assertEquals(new TextDecoder().decode(stdout), "needle: m25000\n");
});

Deno.test("openMessageStore() searches in memory without a thread", async () => {
  await using store = await openMessageStore(":memory:");
  await Promise.all(
    Array.from(
      { length: 20_500 },
      (_, index) => store.append("w1", { id: `m${index}`, role: "user", content: "hay" }),
    ),
  );
  await store.append("w1", { id: "last", role: "user", content: "needle" });
  assertEquals((await store.search("w1", "needle")).map(({ id }) => id), ["last"]);
});
