// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { WasmRunner } from "./wasm_runner.ts";

/** A worker that answers at once, late, with a failure, or never. */
const WORKER = `
onmessage = ({ data: { name, input } }) => {
  if (name === "crash") throw new Error("broken");
  if (name === "fail") postMessage({ error: "no more" });
  if (name === "echo") postMessage({ text: input });
  if (name === "late") setTimeout(() => postMessage({ text: "late" }), 20);
};
`;

const EMPTY = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));

const NEVER = new AbortController().signal;

interface Stuck {
  readonly runner: WasmRunner;
  readonly stuck: Promise<void>;
}

function makeRunner(timeoutMs = 10_000, graceMs = 10_000): Stuck & Disposable {
  const { promise, resolve } = Promise.withResolvers<void>();
  const options = { module: EMPTY, workerSource: WORKER, timeoutMs, graceMs, onStuck: resolve };
  const runner = new WasmRunner(options);
  return { runner, stuck: promise, [Symbol.dispose]: () => runner.close() };
}

Deno.test("WasmRunner gives what each call gives, in the order of the calls", async () => {
  using made = makeRunner();
  const { runner } = made;
  const texts = ["one", "two", "three"].map((text) => runner.call("echo", text, NEVER));
  assertEquals(await Promise.all(texts), ["one", "two", "three"]);
});

Deno.test("WasmRunner tells why a call failed, and goes on", async () => {
  using made = makeRunner();
  const { runner } = made;
  await assertRejects(() => runner.call("fail", "", NEVER), Error, "no more");
  assertEquals(await runner.call("echo", "after it", NEVER), "after it");
});

Deno.test("WasmRunner leaves a call when its signal aborts, and those that wait behind it", async () => {
  using made = makeRunner();
  const { runner } = made;
  const leaving = new AbortController();
  const left = runner.call("late", "", leaving.signal);
  const waiting = runner.call("echo", "", AbortSignal.abort(new Error("too late")));
  const next = runner.call("echo", "next", NEVER);
  await Promise.resolve();
  leaving.abort(new Error("enough"));
  await assertRejects(() => left, Error, "enough");
  await assertRejects(() => waiting, Error, "too late");
  assertEquals(await next, "next");
});

Deno.test("WasmRunner tells of a call that takes too long, and when it does not end", async () => {
  using made = makeRunner(10, 10);
  await assertRejects(() => made.runner.call("silent", "", NEVER), Error, "more than 10 ms");
  await made.stuck;
});
