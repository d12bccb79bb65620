// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertGreater } from "@std/assert";
import { LogSync } from "./_log_sync.ts";
import { openSessionStore } from "./session_store.ts";

async function inTempDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sigil-" });
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** How many times this process has a file open. */
function timesOpen(path: string): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`) === path;
    } catch {
      return false; // the one that lists them is closed by now
    }
  }).length;
}

Deno.test({
  name: "LogSync opens the log once enough was written, and closes it",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await inTempDirectory(async (directory) => {
      await Deno.writeTextFile(`${directory}/store.db-wal`, "log");
      const log = new LogSync(`${directory}/store.db`);
      log.committed(1);
      assertEquals(timesOpen(`${directory}/store.db-wal`), 0);
      for (let commit = 0; commit < 500; commit++) log.committed(16);
      assertGreater(timesOpen(`${directory}/store.db-wal`), 0);
      await log.close();
      for (let commit = 0; commit < 500; commit++) log.committed(16);
      assertEquals(timesOpen(`${directory}/store.db-wal`), 0);
    });
  },
});

Deno.test("LogSync lets be a log that it cannot open", async () => {
  await inTempDirectory(async (directory) => {
    const log = new LogSync(`${directory}/missing.db`);
    for (let commit = 0; commit < 500; commit++) log.committed(1);
    await log.close();
    await log.close();
  });
});

Deno.test({
  name: "LogSync asks for no permission",
  permissions: "none",
  async fn() {
    const log = new LogSync("/nowhere/store.db");
    for (let commit = 0; commit < 500; commit++) log.committed(1);
    await log.close();
  },
});

Deno.test({
  name: "a store that is synced while it is written to keeps its messages and closes its files",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await inTempDirectory(async (directory) => {
      const path = `${directory}/store.db`;
      const wanted = Array.from({ length: 2000 }, (_, n) => `m${n}`);
      {
        await using store = await openSessionStore(path);
        await store.createSession({ id: "s1", workspaceId: "w1", userId: "u1" });
        for (let n = 0; n < wanted.length; n += 4) {
          await Promise.all(
            wanted.slice(n, n + 4).map((id) =>
              store.appendMessage("s1", { id, role: "user", content: id })
            ),
          );
        }
        // SQLite has it open as well.
        assertGreater(timesOpen(`${path}-wal`), 1);
      }
      assertEquals([timesOpen(path), timesOpen(`${path}-wal`)], [0, 0]);
      await using store = await openSessionStore(path);
      assertEquals((await store.getActiveWindow("s1", 9000)).map(({ id }) => id), wanted);
    });
  },
});
