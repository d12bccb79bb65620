// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertGreater } from "@std/assert";
import { LogSync } from "./_log_sync.ts";
import { openSessionStore } from "./session_store.ts";

const isLinux = Deno.build.os === "linux";

/** Writes more than is left to SQLite to put on disk. */
function commitOften(log: LogSync): void {
  for (let commit = 0; commit < 500; commit++) log.committed(16);
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
  ignore: !isLinux,
  async fn() {
    const path = await Deno.makeTempFile({ suffix: "-wal" });
    const log = new LogSync(path.slice(0, -"-wal".length));
    log.committed(1);
    assertEquals(timesOpen(path), 0);
    commitOften(log);
    assertGreater(timesOpen(path), 0);
    await log.close();
    commitOften(log);
    assertEquals(timesOpen(path), 0);
    await Deno.remove(path);
  },
});

Deno.test("LogSync lets be a log that it cannot open", async () => {
  const log = new LogSync("/nowhere/store.db");
  commitOften(log);
  await log.close();
  await log.close();
});

Deno.test({
  name: "LogSync asks for no permission",
  permissions: "none",
  async fn() {
    const log = new LogSync("/nowhere/store.db");
    commitOften(log);
    await log.close();
  },
});

Deno.test({
  name: "a store that is synced while it is written to keeps its messages and closes its files",
  ignore: !isLinux,
  async fn() {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/store.db`;
    const wanted = Array.from({ length: 2000 }, (_, n) => `m${n}`);
    {
      await using store = await openSessionStore(path);
      await store.createSession({ id: "s1", workspaceId: "w1", userId: "u1" });
      for (let n = 0; n < wanted.length; n += 4) {
        const group = wanted.slice(n, n + 4).map((id) =>
          store.appendMessage("s1", { id, role: "user", content: id })
        );
        await Promise.all(group);
      }
      // SQLite has it open as well.
      assertGreater(timesOpen(`${path}-wal`), 1);
    }
    assertEquals([timesOpen(path), timesOpen(`${path}-wal`)], [0, 0]);
    {
      await using store = await openSessionStore(path);
      assertEquals((await store.getActiveWindow("s1", 9000)).map(({ id }) => id), wanted);
    }
    await Deno.remove(directory, { recursive: true });
  },
});
