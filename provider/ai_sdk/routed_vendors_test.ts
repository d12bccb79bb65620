// SPDX-License-Identifier: Apache-2.0

/** The whole way: a router over real adapters, which talk to real servers on this machine. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openLocalProvider } from "../local/mod.ts";
import { type Attempt, BudgetLedger, type ChatEvent, createRouter } from "../mod.ts";
import { collect, textOf } from "../testdata/collect.ts";
import { openProvider } from "./mod.ts";
import {
  endless,
  openVendorServer,
  recorded,
  type VendorServer,
} from "./testdata/vendor_server.ts";

const MESSAGES = [{ role: "user", content: "Hello" }] as const;
const DELTA = 'data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n';

function setUp(first: VendorServer, second: VendorServer, idleMs = 60_000) {
  const attempts: Attempt[] = [];
  const clock = { now: Date.UTC(2026, 10, 22, 12) };
  const now = () => clock.now;
  const limits = { idleMs };
  const open = (name: string, type: "openai-compatible" | "anthropic", baseUrl: string) =>
    openProvider({ name, type, baseUrl, apiKey: "k-123456", limits, now });
  const router = createRouter({
    providers: [
      open("home", "openai-compatible", first.url),
      open("anthropic", "anthropic", second.url),
      openLocalProvider(),
    ],
    default: "home/small",
    failover: ["anthropic/claude-sonnet-4-5", "local/recall"],
    prices: { "home/*": { input: 1, output: 2, cacheRead: 0.5 } },
    budget: new BudgetLedger({ limits: { usdPerDay: 5 }, now }),
    now,
    onAttempt: (attempt) => attempts.push(attempt),
  });
  const ask = async (): Promise<ChatEvent[]> => {
    const { provider, model } = await router.route("home", "");
    return await collect(provider.chat({ model, messages: MESSAGES }, { sessionId: "s" }));
  };
  return { router, ask, attempts, clock };
}

Deno.test("a vendor that is busy is passed over, and asked again when it said", async () => {
  const busy = [Response.json({ error: { message: "Busy" } }, {
    status: 429,
    headers: { "retry-after": "20" },
  })];
  await using first = openVendorServer(() => busy.shift() ?? recorded("openai_chat_text.sse"));
  await using second = openVendorServer(() => recorded("anthropic_text.sse"));
  const { router, ask, attempts, clock } = setUp(first, second);
  await using _ = router;

  assertEquals(textOf(await ask()), "Blue light scatters. Ω");
  clock.now += 19_999;
  assertEquals(textOf(await ask()), "Blue light scatters. Ω");
  clock.now += 1;
  assertEquals(textOf(await ask()), "The sky is blue – 因为散射.");

  assertEquals(attempts.map(({ model, outcome, usd }) => [model, outcome, usd]), [
    ["home/small", "rate_limit", 0],
    ["anthropic/claude-sonnet-4-5", "answered", 0.001905],
    ["home/small", "unavailable", undefined],
    ["anthropic/claude-sonnet-4-5", "answered", 0.001905],
    ["home/small", "answered", 0.000888],
  ]);
  assertEquals(router.budget.usage().usdToday, 0.004698);
  assertEquals(router.budget.sessionTokens("s"), 2 * (2020 + 14) + 1210 + 95);
});

Deno.test("when no vendor can be reached, local/recall answers", async () => {
  const gone: string[] = [];
  for (let i = 0; i < 2; i++) {
    await using server = openVendorServer(() => new Response());
    gone.push(server.url);
  }
  const [first, second] = gone.map((url): VendorServer => ({
    url,
    seen: [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }));
  assert(first && second);
  const { router, ask, attempts } = setUp(first, second);
  await using _ = router;
  assertStringIncludes(textOf(await ask()), "no language model");
  assertEquals(attempts.map(({ outcome }) => outcome), ["network", "network", "answered"]);
  assertEquals(router.status().map(({ available }) => available), [false, false, true]);
});

Deno.test("an answer that stalls after its first word is not begun anew elsewhere", async () => {
  await using first = openVendorServer(() => endless(DELTA));
  await using second = openVendorServer(() => recorded("anthropic_text.sse"));
  const { router, ask, attempts } = setUp(first, second, 40);
  await using _ = router;
  const events = await ask();
  assertEquals(events.map(({ type }) => type), ["text_delta", "error"]);
  assertEquals([second.seen.length, attempts[0]?.outcome], [0, "network"]);
  assertEquals(attempts[0]?.usage.outputTokens, 1);
});

Deno.test("a hundred answers at the same time stay apart", async () => {
  await using first = openVendorServer(({ body }) => {
    const [{ content }] = body.messages;
    const delta = { id: "1", choices: [{ index: 0, delta: { content }, finish_reason: "stop" }] };
    const head = { "content-type": "text/event-stream" };
    return new Response(`data: ${JSON.stringify(delta)}\n\ndata: [DONE]\n\n`, { headers: head });
  });
  await using second = openVendorServer(() => new Response());
  const { router } = setUp(first, second);
  await using _ = router;
  const { provider, model } = await router.route("home", "");
  const texts = Array.from({ length: 100 }, (_, i) => `answer ${i}`);
  const answers = await Promise.all(
    texts.map(async (content) =>
      textOf(await collect(provider.chat({ model, messages: [{ role: "user", content }] })))
    ),
  );
  assertEquals(answers, texts);
  assertEquals(router.status()[0]?.successes, 50);
});
