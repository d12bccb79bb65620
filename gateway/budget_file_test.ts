// SPDX-License-Identifier: Apache-2.0

import { makeTempDir } from "../tests/gateway/_temp_dir.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { ProviderError } from "@sigil/provider";
import { join } from "node:path";
import { FakeClock } from "../tests/gateway/_fake_clock.ts";
import { BudgetFile } from "./budget_file.ts";
import { type Logger, silentLogger } from "./logger.ts";

const SPENT = { model: "a/b", tokens: 10, nanoUsd: 600_000_000 };

async function open(path: string, clock: FakeClock, logger: Logger = silentLogger) {
  return await BudgetFile.open({ path, clock, logger, budgets: { usd_per_day: 1 } });
}

Deno.test("BudgetFile remembers over a restart what was spent", async () => {
  const path = join(await makeTempDir(), "budget.json");
  const clock = new FakeClock();
  {
    await using file = await open(path, clock);
    file.ledger.reserve(SPENT).settle(SPENT);
  }
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  await using again = await open(path, clock);
  const error = assertThrows(() => again.ledger.reserve(SPENT), ProviderError);
  assertEquals(error.code, "budget");
  assertEquals(clock.pending, 1);
});

Deno.test("BudgetFile saves now and then", async () => {
  const path = join(await makeTempDir(), "budget.json");
  const clock = new FakeClock();
  await using file = await open(path, clock);
  file.ledger.reserve(SPENT).settle(SPENT);
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = Deno.watchFs(join(path, ".."));
  const watching = (async () => {
    for await (const { kind, paths } of watcher) {
      if (kind !== "access" && paths.some((changed) => changed.endsWith("budget.json"))) resolve();
    }
  })();
  clock.advance(30_000);
  await promise;
  watcher.close();
  await watching;
});

Deno.test("BudgetFile begins anew when its file is no budget, and says so", async () => {
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
  for (const text of ["{", '{"version":7}', "[]"]) {
    const path = join(await makeTempDir(), "budget.json");
    await Deno.writeTextFile(path, text);
    await using file = await open(path, new FakeClock(), logger);
    file.ledger.reserve(SPENT).settle(SPENT);
  }
  assertEquals(new Set(warnings), new Set(["budget file unreadable, begun anew"]));
  assertEquals(warnings.length, 3);
});
