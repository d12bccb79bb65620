// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { Limiter } from "./_limiter.ts";

Deno.test("Limiter.run() runs so many tasks at a time, in order, also after a failure", async () => {
  const limiter = new Limiter(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const task = (index: number) => async () => {
    order.push(index);
    most = Math.max(most, ++running);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    running--;
    if (index === 1) throw new Error("no");
  };
  await Promise.all([0, 1, 2, 3, 4, 5].map((index) => {
    const result = limiter.run(task(index));
    return index === 1 ? assertRejects(() => result) : result;
  }));
  assertEquals([most, running, order], [2, 0, [0, 1, 2, 3, 4, 5]]);
});
