// SPDX-License-Identifier: Apache-2.0

/** How the router keeps to budgets: what it puts aside, and what it settles. */

import { assert, assertEquals } from "@std/assert";
import {
  type Attempt,
  BudgetLedger,
  type BudgetLimits,
  type ChatEvent,
  type ChatRequest,
  createRouter,
  type ModelCallOptions,
  type Price,
  type Usage,
} from "./mod.ts";
import { collect } from "./testdata/collect.ts";
import {
  EmbeddingProvider,
  fails,
  says,
  type Script,
  ScriptedProvider,
  USAGE,
} from "./testdata/scripted_provider.ts";

/** 1 USD for a token written, 0.1 for one read. */
const PRICE: Price = { input: 100_000, output: 1_000_000 };
const REQUEST: Omit<ChatRequest, "model"> = { messages: [{ role: "user", content: "12345678" }] };
/** 8 for the message and 2 for its text. */
const INPUT_TOKENS = 10;
const USD = 1e9;

function setUp(limits: BudgetLimits, ...scripts: Script[]) {
  const a = new EmbeddingProvider("a", ...scripts);
  const b = new ScriptedProvider("b", says("b"));
  const attempts: Attempt[] = [];
  const budget = new BudgetLedger({ limits });
  const router = createRouter({
    providers: [a, b],
    default: "a/m",
    prices: { "a/*": PRICE, "b/*": { input: 0, output: 0 } },
    budget,
    onAttempt: (attempt) => attempts.push(attempt),
  });
  const ask = async (options: ModelCallOptions = {}, chat: ChatRequest["options"] = undefined) => {
    const { provider, model } = await router.route("home", "");
    return await collect(provider.chat({ ...REQUEST, model, options: chat }, options));
  };
  return { a, b, attempts, budget, router, ask };
}

function usage(inputTokens: number, outputTokens: number): ChatEvent {
  const usage: Usage = { inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 };
  return { type: "usage", usage };
}

function codes(events: readonly ChatEvent[]): readonly string[] {
  return events.flatMap((event) => event.type === "error" ? [event.code] : []);
}

Deno.test("chat() settles what the vendor tells", async () => {
  const { ask, attempts, budget } = setUp({}, says("Hi"));
  await ask({ sessionId: "s" });
  assertEquals(budget.usage(), { usdThisHour: 6, usdToday: 6 });
  assertEquals(budget.sessionTokens("s"), 15);
  assertEquals([attempts[0]?.usd, attempts[0]?.usage, attempts[0]?.estimated], [6, USAGE, false]);
});

Deno.test("chat() counts no usage that would give something back", async (t) => {
  for (const wrong of [-1e9, NaN, -Infinity, Infinity]) {
    await t.step(String(wrong), async () => {
      const told: Usage = {
        inputTokens: wrong,
        outputTokens: 2,
        cacheReadTokens: wrong,
        cacheWriteTokens: wrong,
      };
      const counted: ChatEvent = usage(0, 2);
      const script: Script = [{ type: "usage", usage: told }, ...says("Hi").slice(0, 1)];
      const done: ChatEvent = { type: "done", finishReason: "stop" };
      const { ask, attempts, budget } = setUp({}, [...script, done]);
      const events = await ask({ sessionId: "s" });
      assertEquals(events.filter(({ type }) => type === "usage"), [counted]);
      assertEquals([budget.usage().usdToday, budget.sessionTokens("s")], [2, 2]);
      assertEquals(attempts[0]?.usd, 2);
    });
  }
});

Deno.test("chat() settles every way in which an answer can end", async (t) => {
  const text: ChatEvent = { type: "text_delta", text: "x".repeat(40) };
  const cases: readonly (readonly [string, Script, input: number, output: number])[] = [
    ["no usage told", [text, { type: "done", finishReason: "stop" }], INPUT_TOKENS, 10],
    ["refused at once", fails("overloaded"), 0, 0],
    ["usage told, then an error", [usage(7, 1), ...fails("network")], 7, 1],
    ["text, then an error", [text, ...fails("network")], INPUT_TOKENS, 10],
    ["text and less usage, then an error", [text, usage(7, 1), ...fails("network")], 7, 10],
    ["text, then an exception", [text, new Error("bug")], INPUT_TOKENS, 10],
  ];
  for (const [name, script, input, output] of cases) {
    await t.step(name, async () => {
      const { ask, budget, attempts } = setUp({}, script);
      await ask({ sessionId: "s" });
      assertEquals([attempts[0]?.usage.inputTokens, attempts[0]?.usage.outputTokens], [
        input,
        output,
      ]);
      assertEquals(budget.sessionTokens("s"), input + output);
      assertEquals(budget.snapshot().usd.day.used, input * USD / 10 + output * USD);
    });
  }
});

Deno.test("chat() settles what was seen when the caller leaves", async () => {
  const { router, budget, attempts } = setUp({}, [
    { type: "text_delta", text: "x".repeat(40) },
    { type: "text_delta", text: "y".repeat(40) },
    { type: "done", finishReason: "stop" },
  ]);
  const { provider, model } = await router.route("home", "");
  for await (const _ of provider.chat({ ...REQUEST, model }, { sessionId: "s" })) break;
  assertEquals([attempts[0]?.outcome, attempts[0]?.estimated], ["aborted", true]);
  assertEquals(budget.sessionTokens("s"), INPUT_TOKENS + 10);
});

Deno.test("chat() refuses a call that cannot be paid, without asking or failing over", async () => {
  const { ask, a, b, attempts } = setUp({ usdPerDay: 20 }, says("Hi"));
  const [event] = await ask({}, { maxTokens: 19 });
  assert(event?.type === "error");
  assertEquals(event.code, "budget");
  // 13 tokens read, with the margin of the estimate, and 19 written.
  assert(event.message.startsWith(
    'Cannot chat with "a/m": the limit of 20 USD per day would be exceeded; 0 are used and this call may need 20.3; it resets at ',
  ));
  assertEquals([a.asked.length, b.asked.length, attempts[0]?.outcome], [0, 0, "budget"]);
  assertEquals(codes(await ask({}, { maxTokens: 18 })), []);
});

Deno.test("chat() holds an answer of unknown length to what is left", async () => {
  const { ask, a, budget } = setUp({ session: { tokens: 1000 } }, [usage(13, 980), ...says("Hi")]);
  await ask({ sessionId: "s" });
  assertEquals(a.asked[0]?.options?.maxTokens, 987);
  budget.reserve({ model: "a/m", sessionId: "s", tokens: 970, nanoUsd: 0 });
  assertEquals(codes(await ask({ sessionId: "s" })), ["budget"]);
  await ask({ sessionId: "t", sessionLimits: { tokens: 1_000_000 } });
  assertEquals(a.asked[1]?.options?.maxTokens, 8192);
  await ask();
  assertEquals(a.asked[2]?.options?.maxTokens, undefined);
});

Deno.test("100 calls at the same time do not exceed a limit", async (t) => {
  const limits: readonly BudgetLimits[] = [
    { usdPerHour: 400 },
    { usdPerDay: 400 },
    { session: { tokens: 400 } },
  ];
  for (const limit of limits) {
    await t.step(JSON.stringify(limit), async () => {
      const opened = Promise.withResolvers<void>();
      const script = [{ type: "text_delta", text: "x" }, usage(13, 20), {
        type: "done",
        finishReason: "stop",
      }] as const;
      const { ask, a, budget } = setUp(limit, script);
      a.gate = opened.promise;
      const asked = Array.from({ length: 100 }, () => ask({ sessionId: "s" }, { maxTokens: 20 }));
      await Promise.resolve();
      opened.resolve();
      const answers = await Promise.all(asked);
      const refused = answers.filter((events) => codes(events)[0] === "budget").length;
      assertEquals(a.asked.length + refused, 100);
      const spent = limit.session === undefined
        ? budget.usage().usdToday
        : budget.sessionTokens("s");
      assert(spent <= 400 && spent > 350, `${spent}`);
    });
  }
});

Deno.test("a model without a price is held by tokens alone", async () => {
  const a = new ScriptedProvider("a", says("Hi"));
  const warnings: unknown[] = [];
  const silent = () => {};
  const router = createRouter({
    providers: [a],
    default: "a/m",
    budget: new BudgetLedger({ limits: { usdPerDay: 0, session: { tokens: 600 } } }),
    logger: { debug: silent, info: silent, error: silent, warn: (...all) => warnings.push(all) },
  });
  const { provider, model } = await router.route("home", "");
  for (let i = 0; i < 3; i++) {
    await collect(provider.chat({ ...REQUEST, model }, { sessionId: "s" }));
  }
  assertEquals(a.asked.length, 3);
  assertEquals(warnings, [["model has no price: only token limits hold it", { model: "a/m" }]]);
});

Deno.test("embed() keeps to the budget", async () => {
  const { router, budget, a } = setUp({ usdPerDay: 1 });
  const { provider } = await router.route("home", "a/e");
  assert(provider.embed !== undefined);
  await provider.embed({ model: "e", texts: ["a"] }, { sessionId: "s" });
  assertEquals([budget.usage().usdToday, budget.sessionTokens("s")], [1, 10]);
  const again = await Promise.allSettled([provider.embed({ model: "e", texts: ["a"] })]);
  assertEquals(again[0]?.status === "rejected" && again[0].reason.code, "budget");
  assertEquals(a.asked.length, 0);
});
