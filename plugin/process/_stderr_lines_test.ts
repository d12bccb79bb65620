// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { StderrLines } from "./_stderr_lines.ts";

Deno.test("StderrLines gives lines however the bytes are cut", async (t) => {
  const text = "one\ntwo æ 漢字 🦕\n\nlast without an end";
  for (const size of [1, 2, 3, 5, 100]) {
    await t.step(`pieces of ${size}`, () => {
      const { lines, log } = startLog(1000);
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length; at += size) log.push(bytes.subarray(at, at + size));
      log.end();
      assertEquals(lines, ["one", "two æ 漢字 🦕", "", "last without an end"]);
    });
  }
});

Deno.test("StderrLines drops what is too much for a second, and says how much", () => {
  const { lines, log, clock } = startLog(10);
  push(log, "12345\n678\n9\n0\n");
  assertEquals(lines, ["12345", "678"]);
  clock.now += 1000;
  push(log, "next\n");
  assertEquals(lines, ["12345", "678", "[2 lines dropped]", "next"]);
  push(log, "too much again\n");
  log.end();
  assertEquals(lines.at(-1), "[1 lines dropped]");
});

Deno.test("StderrLines asks for a pause only in a flood", () => {
  const { log, clock } = startLog(10);
  assertEquals(push(log, "x".repeat(100)), 0);
  clock.now += 250;
  assertEquals(push(log, "x".repeat(1000)), 750);
  clock.now += 750;
  assertEquals(push(log, "x"), 0);
});

Deno.test("StderrLines cuts a line that is too long, and keeps no more of it", () => {
  const { lines, log } = startLog(100_000);
  for (let count = 0; count < 100; count++) push(log, "x".repeat(1000));
  push(log, "\n");
  assertEquals(lines.map((line) => line.length), [8192]);
});

function startLog(bytesPerSecond: number) {
  const lines: string[] = [];
  const clock = { now: 5 };
  const log = new StderrLines({
    onLine: (line) => lines.push(line),
    bytesPerSecond,
    now: () => clock.now,
  });
  return { lines, log, clock };
}

function push(log: StderrLines, text: string): number {
  return log.push(new TextEncoder().encode(text));
}
