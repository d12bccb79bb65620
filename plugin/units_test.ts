// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertThrows } from "@std/assert";
import { parseDuration, parseSize } from "./units.ts";

Deno.test("parseDuration() gives milliseconds", async (t) => {
  const cases: [string, number][] = [
    ["0s", 0],
    ["5s", 5000],
    ["500ms", 500],
    ["1.5s", 1500],
    ["2m", 120_000],
    ["1m30s", 90_000],
    ["1h2m3s4ms", 3_723_004],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => assertEquals(parseDuration(text), expected));
  }
});

Deno.test("parseDuration() refuses what is no duration", async (t) => {
  for (
    const text of ["", "5", "s", "-5s", "5 s", "5s ", "5S", "5d", "1..5s", "1e3s", "five seconds"]
  ) {
    await t.step(JSON.stringify(text), () => {
      assertThrows(() => parseDuration(text), RangeError, "Cannot read the duration");
    });
  }
});

Deno.test("parseSize() gives bytes", async (t) => {
  const cases: [string, number][] = [
    ["0B", 0],
    ["512B", 512],
    ["256MB", 256_000_000],
    ["256 MB", 256_000_000],
    ["256MiB", 268_435_456],
    ["1.5GiB", 1_610_612_736],
    ["1KB", 1000],
    ["2TB", 2_000_000_000_000],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => assertEquals(parseSize(text), expected));
  }
});

Deno.test("parseSize() refuses what is no size", async (t) => {
  for (const text of ["", "256", "MB", "-1MB", "256mb", "256M", "1 PB", "1,5GB", "1MB "]) {
    await t.step(JSON.stringify(text), () => {
      assertThrows(() => parseSize(text), RangeError, "Cannot read the size");
    });
  }
});
