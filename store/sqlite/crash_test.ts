// SPDX-License-Identifier: Apache-2.0

/** Processes that die, and processes that write at the same time. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openMessageStore, openSessionStore } from "./mod.ts";

const WRITER = new URL("testdata/writer.ts", import.meta.url).pathname;

/** Starts a process that appends messages and prints the id of each once its append has resolved. */
function startWriter(kind: "sessions" | "messages", path: string, prefix: string, count: number) {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      `--allow-read=${path}`,
      `--allow-write=${path}`,
      WRITER,
      kind,
      path,
      prefix,
      String(count),
    ],
    stdout: "piped",
    stderr: "inherit",
  });
  return command.spawn();
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function inTempDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sigil-" });
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const kind of ["sessions", "messages"] as const) {
  Deno.test(`${kind}: an append that resolved survives kill -9`, async () => {
    await inTempDirectory(async (directory) => {
      const path = `${directory}/store.db`;
      const writer = startWriter(kind, path, "m", 1_000_000);
      const acknowledged: string[] = [];
      for await (const id of linesOf(writer.stdout)) {
        acknowledged.push(id);
        if (acknowledged.length === 500) writer.kill("SIGKILL");
      }
      await writer.status;
      const kept = await readIds(kind, path);
      assertGreater(acknowledged.length, 499);
      assertEquals(acknowledged.filter((id) => !kept.has(id)), []);
    });
  });

  Deno.test(`${kind}: several processes write one file at the same time`, async () => {
    await inTempDirectory(async (directory) => {
      const path = `${directory}/store.db`;
      if (kind === "sessions") await (await openSessionStore(path)).close();
      const writers = ["a", "b", "c", "d"].map((prefix) => startWriter(kind, path, prefix, 200));
      const outputs = await Promise.all(writers.map((writer) => writer.output()));
      assert(outputs.every(({ success }) => success));
      assertEquals((await readIds(kind, path)).size, 800);
    });
  });
}

Deno.test("messages: the text index is whole after kill -9", async () => {
  await inTempDirectory(async (directory) => {
    const path = `${directory}/store.db`;
    const writer = startWriter("messages", path, "m", 1_000_000);
    let seen = 0;
    for await (const _id of linesOf(writer.stdout)) if (++seen === 200) writer.kill("SIGKILL");
    await writer.status;
    await (await openMessageStore(path)).close();
    using database = new DatabaseSync(path);
    database.exec("INSERT INTO messages_text_1 (messages_text_1) VALUES ('integrity-check')");
    assertEquals(database.prepare("PRAGMA integrity_check").get()?.["integrity_check"], "ok");
    const numbersOf = (sql: string) => database.prepare(sql).all().map((row) => row["number"]);
    const stored = numbersOf("SELECT number FROM messages ORDER BY number");
    assertGreater(stored.length, 199);
    assertEquals(
      numbersOf("SELECT id AS number FROM messages_text_1_docsize ORDER BY id"),
      stored,
    );
    assertEquals(numbersOf("SELECT messages AS number FROM workspaces"), [stored.length]);
  });
});

async function readIds(kind: "sessions" | "messages", path: string): Promise<Set<string>> {
  if (kind === "sessions") {
    await using store = await openSessionStore(path);
    return new Set((await store.getActiveWindow("s1", 10_000)).map(({ id }) => id));
  }
  await using store = await openMessageStore(path);
  const all = { from: new Date(0), to: new Date("3000-01-01") };
  return new Set((await store.getRange("w1", all)).map(({ id }) => id));
}
