// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { CallGate } from "./_call_gate.ts";

const NEVER = new AbortController().signal;

/** Lets everything that can go on go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("CallGate.enter() goes through an open gate and is counted until it leaves", async () => {
  const gate = new CallGate(new Error("not yet"));
  gate.open();
  await gate.enter(NEVER);
  await gate.enter(NEVER);
  assertEquals(gate.underWay, 2);
  gate.leave();
  assertEquals(gate.underWay, 1);
});

Deno.test("CallGate.enter() is refused at first, and whenever the gate refuses", async () => {
  const first = new Error("not yet");
  const gate = new CallGate(first);
  assertEquals(await assertRejects(() => gate.enter(NEVER)), first);
  gate.open();
  await gate.enter(NEVER);
  const crashed = new Error("crashed");
  gate.refuse(crashed);
  assertEquals(await assertRejects(() => gate.enter(NEVER)), crashed);
  assertEquals(gate.underWay, 1);
});

Deno.test("CallGate.enter() waits while the gate holds, and loses no call", async () => {
  const gate = new CallGate(new Error("not yet"));
  gate.hold();
  const order: number[] = [];
  const calls = [1, 2, 3].map((call) => gate.enter(NEVER).then(() => order.push(call)));
  await settle();
  assertEquals(order, []);
  gate.hold();
  await settle();
  assertEquals(order, []);
  gate.open();
  await Promise.all(calls);
  assertEquals([order, gate.underWay], [[1, 2, 3], 3]);
});

Deno.test("CallGate.enter() is refused while it waits", async () => {
  const gate = new CallGate(new Error("not yet"));
  gate.hold();
  const calls = [1, 2].map(() => assertRejects(() => gate.enter(NEVER)));
  const gone = new Error("gone");
  gate.refuse(gone);
  assertEquals(await Promise.all(calls), [gone, gone]);
});

Deno.test("CallGate rejects with the reason of the signal", async () => {
  const gate = new CallGate(new Error("not yet"));
  const reason = new Error("enough");
  const controller = new AbortController();
  gate.hold();
  const waits = [
    assertRejects(() => gate.enter(controller.signal)),
    assertRejects(() => gate.opened(controller.signal)),
  ];
  await settle();
  controller.abort(reason);
  assertEquals(await Promise.all(waits), [reason, reason]);
  assertEquals(await assertRejects(() => gate.enter(controller.signal)), reason);
  assertEquals(gate.underWay, 0);
});

Deno.test("CallGate.opened() waits until the gate opens, whatever comes before", async () => {
  const gate = new CallGate(new Error("not yet"));
  let isOpened = false;
  const opened = gate.opened(NEVER).then(() => isOpened = true);
  gate.hold();
  gate.refuse(new Error("crashed"));
  await settle();
  assertEquals(isOpened, false);
  gate.open();
  await opened;
});

Deno.test("CallGate.drained() waits until no call is under way", async () => {
  const gate = new CallGate(new Error("not yet"));
  gate.open();
  await gate.drained(NEVER);
  await gate.enter(NEVER);
  await gate.enter(NEVER);
  gate.hold();
  let isDrained = false;
  const drained = gate.drained(NEVER).then(() => isDrained = true);
  gate.leave();
  await settle();
  assertEquals(isDrained, false);
  gate.leave();
  await drained;
});

Deno.test("CallGate.drained() rejects with the reason of its signal", async () => {
  const gate = new CallGate(new Error("not yet"));
  gate.open();
  await gate.enter(NEVER);
  const reason = new Error("too long");
  assertEquals(await assertRejects(() => gate.drained(AbortSignal.abort(reason))), reason);
});
