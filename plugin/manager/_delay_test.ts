// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "./_delay.ts";

Deno.test("delay() waits, and leaves no timer behind", async () => {
  await delay(1, new AbortController().signal);
});

Deno.test("delay() rejects with the reason of its signal", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const waited = assertRejects(() => delay(60_000, controller.signal));
  controller.abort(reason);
  assertEquals(await waited, reason);
  assertEquals(await assertRejects(() => delay(1, controller.signal)), reason);
});
