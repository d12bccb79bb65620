// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { OutgoingCall } from "./_outgoing_call.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function callThatGets(...payloads: readonly Uint8Array[]): OutgoingCall {
  const call = new OutgoingCall({
    path: new Uint8Array(),
    message: new Uint8Array(),
    timeoutMs: 0,
  });
  for (const payload of payloads) call.accept(payload);
  return call;
}

Deno.test("OutgoingCall gives messages in order while more come", () => {
  const call = callThatGets(Uint8Array.of(0), Uint8Array.of(1));
  for (let count = 0; count < 1000; count++) {
    assertEquals(call.take(), Uint8Array.of(count % 256));
    call.accept(Uint8Array.of((count + 2) % 256));
  }
  call.end(undefined);
  assertEquals(call.take(), Uint8Array.of(1000 % 256));
  assertEquals(call.take(), Uint8Array.of(1001 % 256));
  assertEquals(call.take(), { status: 0, text: "" });
});

Deno.test("OutgoingCall lets go of what was taken, also when its reader never catches up", async () => {
  const call = callThatGets(new Uint8Array(1), new Uint8Array(2), new Uint8Array(3));
  const taken = [call.take(), call.take()].map((message) => new WeakRef(message ?? {}));
  await new Promise((resolve) => setTimeout(resolve)); // what was just looked at holds until then
  collectGarbage();
  assertEquals(taken.map((message) => message.deref()), [undefined, undefined]);
  assertEquals(call.take(), new Uint8Array(3));
});
