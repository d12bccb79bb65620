// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { withFolder } from "../install/testdata/plugin_folder.ts";
import { ManualClock } from "./testdata/manual_clock.ts";
import { watchFolder } from "./_watch_folder.ts";

Deno.test("watchFolder() calls back once when changes have come to rest, and ends with its signal", () =>
  withFolder(async (folder) => {
    let waiting = Promise.withResolvers<void>();
    let waits = 0;
    const clock = new ManualClock(() => {
      waits++;
      waiting.resolve();
    });
    const ended = new AbortController();
    let changes = 0;
    const watch = watchFolder(folder, () => changes++, {
      settleMs: 200,
      delay: (milliseconds, signal) => clock.delay(milliseconds, signal),
      signal: ended.signal,
    });
    await Deno.writeTextFile(`${folder}/a`, "1");
    await waiting.promise;
    const before = waits;
    waiting = Promise.withResolvers();
    await Deno.writeTextFile(`${folder}/a`, "2");
    await waiting.promise;
    assertEquals([changes, waits > before], [0, true]);
    while (changes === 0) {
      clock.advance(200);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    ended.abort();
    await watch;
  }));

Deno.test("watchFolder() rejects when there is no such folder", async () => {
  const options = { settleMs: 1, delay: async () => {}, signal: new AbortController().signal };
  await assertRejects(
    () => watchFolder("/nowhere/at/all", () => {}, options),
    Deno.errors.NotFound,
  );
});
