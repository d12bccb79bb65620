// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type ChatEvent, createRouter, type Provider } from "@sigil/provider";
import { FakeClock } from "../tests/gateway/_fake_clock.ts";
import { type ChatScript, says, ScriptedProvider } from "../tests/gateway/_scripted.ts";
import { LiveRouter } from "./live_router.ts";

class CountingProvider extends ScriptedProvider {
  lists = 0;
  closed = 0;

  override listModels(): ReturnType<Provider["listModels"]> {
    this.lists++;
    return super.listModels();
  }

  override async close(): Promise<void> {
    this.closed++;
  }
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** A model that says one word, and the next one when it is let. */
function pausing(): { readonly script: ChatScript; readonly goOn: () => void } {
  const { promise, resolve: goOn } = Promise.withResolvers<void>();
  const script: ChatScript = async function* () {
    yield { type: "text_delta", text: "One" };
    await promise;
    yield { type: "text_delta", text: "Two" };
    yield { type: "done", finishReason: "stop" };
  };
  return { script, goOn };
}

/** Gives a router that is replaced at once, the stream of a call to it, and a look at whether it is still there. */
async function replacedDuringCall(live: LiveRouter, script: ChatScript) {
  const provider = new CountingProvider({ a: script });
  const router = createRouter({ providers: [provider], default: "scripted/a" });
  live.replace(router);
  const route = await live.route("default", "scripted/a");
  const messages = [{ role: "user", content: "Hi" }] as const;
  const stream = route.provider.chat({ model: "a", messages })[Symbol.asyncIterator]();
  await stream.next();
  live.replace(routerOf("a").router);
  return { stream, provider, kept: new WeakRef(router) };
}

/** A reference that was just looked at or made holds until the event loop has turned. */
async function afterGarbage(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  collectGarbage();
}

Deno.test("LiveRouter keeps a router that was replaced until its last call is over", async () => {
  await using live = new LiveRouter(routerOf("a").router, new FakeClock());
  const { script, goOn } = pausing();
  const calls = await Promise.all([1, 2, 3].map(() => replacedDuringCall(live, script)));
  await afterGarbage();
  assertEquals(calls.map(({ kept }) => kept.deref() !== undefined), [true, true, true]);
  goOn();
  const events: ChatEvent[] = [];
  const kept: WeakRef<object>[] = [];
  for (let call = calls.pop(); call !== undefined; call = calls.pop()) {
    for (const _ of [1, 2]) events.push((await call.stream.next()).value);
    assertEquals((await call.stream.next()).done, true);
    kept.push(call.kept);
  }
  assertEquals(events.map(({ type }) => type), Array(3).fill(["text_delta", "done"]).flat());
  await afterGarbage();
  assertEquals(kept.map((router) => router.deref()), [undefined, undefined, undefined]);
});

Deno.test("LiveRouter.close() ends the calls of a router that was replaced", async () => {
  const live = new LiveRouter(routerOf("a").router, new FakeClock());
  const { script, goOn } = pausing();
  const { stream, provider } = await replacedDuringCall(live, script);
  await afterGarbage();
  await live.close();
  assertEquals(provider.closed, 1);
  goOn();
  await stream.return?.();
});

function routerOf(...models: readonly string[]) {
  const scripts = Object.fromEntries(models.map((model) => [model, says("Hello")]));
  const provider = new CountingProvider(scripts);
  const router = createRouter({ providers: [provider], default: "scripted/a" });
  return { provider, router };
}

Deno.test("LiveRouter.replace() routes what comes with the next", async () => {
  const first = routerOf("a");
  const second = routerOf("a", "b");
  const live = new LiveRouter(first.router, new FakeClock());
  const before = await live.route("default", "scripted/a");
  live.replace(second.router);
  const events = await Array.fromAsync(
    before.provider.chat({ model: before.model, messages: [{ role: "user", content: "Hi" }] }),
  );
  assertEquals(events.at(-1)?.type, "done");
  assertEquals((await live.listModels()).map(({ id }) => id), ["scripted/a", "scripted/b"]);
  assertEquals(live.status().length, 1);
  await live.close();
  assertEquals(second.provider.closed, 1);
});

Deno.test("LiveRouter.listModels() asks again after a minute, and when it was replaced", async () => {
  const clock = new FakeClock();
  const first = routerOf("a");
  await using live = new LiveRouter(first.router, clock);
  await Promise.all([live.listModels(), live.listModels()]);
  clock.advance(59_999);
  await live.listModels();
  assertEquals(first.provider.lists, 1);
  clock.advance(1);
  await live.listModels();
  assertEquals(first.provider.lists, 2);
  live.replace(routerOf("b").router);
  assertEquals((await live.listModels()).map(({ id }) => id), ["scripted/b"]);
});

Deno.test("LiveRouter.listModels() lets one who leaves go, and not the others", async () => {
  await using live = new LiveRouter(routerOf("a").router, new FakeClock());
  const leaving = AbortSignal.abort(new Error("Left"));
  await assertRejects(() => live.listModels({ signal: leaving }), Error, "Left");
  assertEquals((await live.listModels()).length, 1);
});
