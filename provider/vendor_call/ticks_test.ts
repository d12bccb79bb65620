// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { PLATFORM_TICKS } from "./ticks.ts";

Deno.test("ticks wake up each that waits, once, in the order in which they began", async () => {
  const woken: string[] = [];
  const last = Promise.withResolvers<void>();
  PLATFORM_TICKS.add(() => {
    woken.push("a");
    PLATFORM_TICKS.add(() => {
      woken.push("again");
      last.resolve();
    });
  });
  PLATFORM_TICKS.add(() => woken.push("b"));
  await last.promise;
  assertEquals(woken, ["a", "b", "again"]);
});

Deno.test("ticks leave no timer behind when nobody waits", async () => {
  const woken: string[] = [];
  const [first, second] = [() => woken.push("first"), () => woken.push("second")];
  PLATFORM_TICKS.add(first);
  PLATFORM_TICKS.add(second);
  PLATFORM_TICKS.remove(first);
  PLATFORM_TICKS.remove(second);
  PLATFORM_TICKS.remove(second);
  const later = Promise.withResolvers<void>();
  PLATFORM_TICKS.add(() => later.resolve());
  await later.promise;
  assertEquals(woken, []);
});
