// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { LogRing } from "./_log_ring.ts";

function ringOf(capacity: number, count: number): LogRing {
  const ring = new LogRing(capacity);
  for (let index = 0; index < count; index++) {
    ring.add({ time: new Date(index), source: "plugin", text: String(index) });
  }
  return ring;
}

Deno.test("LogRing.last() gives the last lines, the oldest first", async (t) => {
  const cases: [capacity: number, count: number, limit: number, expected: string[]][] = [
    [3, 0, 5, []],
    [3, 2, 5, ["0", "1"]],
    [3, 3, 5, ["0", "1", "2"]],
    [3, 5, 5, ["2", "3", "4"]],
    [3, 100, 5, ["97", "98", "99"]],
    [3, 100, 2, ["98", "99"]],
    [3, 100, 0, []],
    [3, 100, -1, []],
  ];
  for (const [capacity, count, limit, expected] of cases) {
    await t.step(`${limit} of ${count} in ${capacity}`, () => {
      assertEquals(ringOf(capacity, count).last(limit).map(({ text }) => text), expected);
    });
  }
});

Deno.test("LogRing.add() cuts long lines", () => {
  const ring = new LogRing(2);
  ring.add({ time: new Date(0), source: "manager", text: "x".repeat(100_000) });
  assertEquals(ring.last(1)[0]?.text.length, 4096);
});
