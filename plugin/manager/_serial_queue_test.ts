// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { SerialQueue } from "./_serial_queue.ts";

Deno.test("SerialQueue.run() runs tasks one after the other, also after a failure", async () => {
  const queue = new SerialQueue();
  const events: string[] = [];
  const task = (name: string, error?: Error) => async () => {
    events.push(`${name} starts`);
    await Promise.resolve();
    events.push(`${name} ends`);
    if (error !== undefined) throw error;
    return name;
  };
  const failure = new Error("no");
  const results = [
    queue.run(task("a")),
    assertRejects(() => queue.run(task("b", failure))),
    queue.run(task("c")),
  ];
  assertEquals(await Promise.all(results), ["a", failure, "c"]);
  assertEquals(events, ["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
});
