// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { SerialQueue } from "./serial_queue.ts";

Deno.test("SerialQueue does one thing after the other, also after one that failed", async () => {
  const queue = new SerialQueue();
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = queue.run(async () => {
    await gate.promise;
    done.push("first");
    throw new Error("first failed");
  });
  const second = queue.run(async () => done.push("second"));
  assertEquals(done, []);
  gate.resolve();
  await assertRejects(() => first, Error, "first failed");
  assertEquals(await second, 2);
  await queue.idle;
  assertEquals(done, ["first", "second"]);
});
