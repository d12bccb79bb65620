// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import { SlowTimers } from "./slow_timers.ts";

Deno.test("SlowTimers run what is due, never early, and nothing that was taken back", async () => {
  const timers = new SlowTimers();
  const ran: string[] = [];
  const start = performance.now();
  const earliest = { soon: 20, later: 600 };
  const took: Record<string, number> = {};
  const last = Promise.withResolvers<void>();
  const note = (name: string) => () => {
    ran.push(name);
    took[name] = performance.now() - start;
  };
  timers.schedule(() => {
    note("later")();
    last.resolve();
  }, earliest.later);
  timers.schedule(note("soon"), earliest.soon);
  const cancel = timers.schedule(note("never"), earliest.soon);
  cancel();
  cancel();
  await alive(last.promise);
  assertEquals(ran, ["soon", "later"]);
  for (const [name, ms] of Object.entries(earliest)) assert((took[name] ?? 0) >= ms, name);
});

Deno.test("SlowTimers run what is scheduled twice twice, also from within a timer", async () => {
  const timers = new SlowTimers();
  let runs = 0;
  const last = Promise.withResolvers<void>();
  const run = (): void => {
    runs++;
    if (runs === 2) timers.schedule(run, 1);
    if (runs === 3) last.resolve();
  };
  timers.schedule(run, 1);
  timers.schedule(run, 1);
  await alive(last.promise);
  assertEquals(runs, 3);
});

Deno.test("SlowTimers run what the last of them begins where others were taken back", async () => {
  const timers = new SlowTimers();
  const last = Promise.withResolvers<void>();
  timers.schedule(() => {
    timers.schedule(last.resolve, 600);
    const missed = setTimeout(() => last.reject(new Error("it never ran")), 3_000);
    last.promise.finally(() => clearTimeout(missed)).catch(() => {});
  }, 1);
  for (const ms of [400, 900, 1_400, 1_900]) timers.schedule(() => {}, ms)();
  await alive(last.promise);
});

Deno.test("SlowTimers leave no timer behind when all was taken back", () => {
  const timers = new SlowTimers();
  const cancels = [100_000, 5_000, 100_000].map((ms) => timers.schedule(() => {}, ms));
  for (const cancel of cancels) cancel();
});

/** Waits; the timers by themselves do not keep the process alive. */
async function alive(work: Promise<void>): Promise<void> {
  const timer = setInterval(() => {}, 100);
  await work.finally(() => clearInterval(timer));
}
