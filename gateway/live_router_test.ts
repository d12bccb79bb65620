// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { createRouter, type Provider } from "@sigil/provider";
import { FakeClock } from "../tests/gateway/_fake_clock.ts";
import { says, ScriptedProvider } from "../tests/gateway/_scripted.ts";
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

function routerOf(...models: readonly string[]) {
  const scripts = Object.fromEntries(models.map((model) => [model, says("Hello")]));
  const provider = new CountingProvider(scripts);
  const router = createRouter({ providers: [provider], default: "scripted/a" });
  return { provider, router };
}

Deno.test("LiveRouter.replace() routes what comes with the next, and closes both at the end", async () => {
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
  assertEquals([first.provider.closed, second.provider.closed], [1, 1]);
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
