// SPDX-License-Identifier: Apache-2.0

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  type Attempt,
  type ChatEvent,
  type ChatRequest,
  createRouter,
  type ModelCallOptions,
  type ModelRouter,
  ProviderError,
  type ProviderErrorCode,
  type RouterOptions,
} from "./mod.ts";
import { collect, textOf } from "./testdata/collect.ts";
import {
  EmbeddingProvider,
  fails,
  says,
  type Script,
  ScriptedProvider,
  USAGE,
} from "./testdata/scripted_provider.ts";

const MESSAGES: ChatRequest["messages"] = [{ role: "user", content: "Hello" }];

interface Setup {
  readonly router: ModelRouter;
  readonly a: ScriptedProvider;
  readonly b: ScriptedProvider;
  readonly attempts: Attempt[];
  readonly clock: { now: number };
  readonly logs: string[];
}

/** A router over the providers a and b that fails over from a/m to b/n. */
function setUp(first: Script[], second: Script[], options: Partial<RouterOptions> = {}): Setup {
  const [a, b] = [new ScriptedProvider("a", ...first), new ScriptedProvider("b", ...second)];
  const attempts: Attempt[] = [];
  const clock = { now: 1_000_000 };
  const logs: string[] = [];
  const log = (message: string) => void logs.push(message);
  const router = createRouter({
    providers: [a, b],
    default: "a/m",
    failover: ["b/n"],
    now: () => clock.now,
    onAttempt: (attempt) => attempts.push(attempt),
    logger: { debug: log, info: log, warn: log, error: log },
    ...options,
  });
  return { router, a, b, attempts, clock, logs };
}

async function ask(
  router: ModelRouter,
  options: ModelCallOptions = {},
  name = "",
): Promise<ChatEvent[]> {
  const { provider, model } = await router.route("home", name);
  return await collect(provider.chat({ model, messages: MESSAGES }, options));
}

function outcomes(attempts: readonly Attempt[]): readonly string[] {
  return attempts.map(({ model, outcome }) => `${model}: ${outcome}`);
}

Deno.test("route() takes the model named, else the workspace's, else the default", async (t) => {
  const { router } = setUp([says("")], [says("")], {
    overrides: { work: "b/big", odd: "a/x/y/z" },
  });
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["home", "", "a", "m"],
    ["work", "", "b", "big"],
    ["odd", "", "a", "x/y/z"],
    ["work", "a/other", "a", "other"],
    ["home", "b/vendor/model:free", "b", "vendor/model:free"],
    ["toString", "", "a", "m"],
  ];
  for (const [workspace, name, provider, model] of cases) {
    await t.step(`"${name}" in ${workspace}`, async () => {
      const route = await router.route(workspace, name);
      assertEquals([route.provider.name, route.model], [provider, model]);
    });
  }
});

Deno.test("route() rejects a model that nobody has", async (t) => {
  const { router } = setUp([], []);
  for (const name of ["c/m", "m", "/m", "a/", "a/ ", "a b/m"]) {
    await t.step(name, async () => {
      const error = await assertRejects(() => router.route("home", name), ProviderError);
      assertEquals(error.code, "unknown_model");
      assertStringIncludes(error.message, `Cannot route "${name}": `);
    });
  }
  const error = await assertRejects(() => router.route("home", "c/m"), ProviderError);
  assertStringIncludes(error.message, "the providers are: a, b");
});

Deno.test("createRouter() refuses names that are malformed or taken", () => {
  const a = new ScriptedProvider("a");
  const make = (options: RouterOptions) => () => createRouter(options);
  const wrong: readonly RouterOptions[] = [
    { default: "m" },
    { default: "a/m", overrides: { home: "m" } },
    { default: "a/m", failover: ["m"] },
    { default: "a/m", failover: { "*": ["m"] } },
    { default: "a/m", providers: [a, a] },
    { default: "a/m", providers: [new ScriptedProvider("a/b")] },
  ];
  for (const options of wrong) {
    assertEquals(assertThrows(make(options), ProviderError).code, "bad_request");
  }
});

Deno.test("chat() passes an answer on as it is", async () => {
  const { router, a, attempts } = setUp([says("Hi")], []);
  assertEquals(await ask(router), says("Hi"));
  assertEquals(a.asked, [{
    model: "m",
    messages: MESSAGES,
    options: { maxTokens: undefined },
  }]);
  const { durationMs, ...rest } = attempts[0] ?? { durationMs: -1 };
  assertEquals(durationMs, 0);
  assertEquals(rest, {
    workspaceId: "home",
    sessionId: undefined,
    model: "a/m",
    number: 1,
    outcome: "answered",
    usage: USAGE,
    estimated: false,
    usd: undefined,
  });
});

Deno.test("chat() fails over only before the first text or tool call", async (t) => {
  const usage: ChatEvent = { type: "usage", usage: USAGE };
  const done: ChatEvent = { type: "done", finishReason: "stop" };
  const text: ChatEvent = { type: "text_delta", text: "Hal" };
  const call: ChatEvent = { type: "tool_call", toolCall: { id: "1", name: "x", arguments: "{}" } };
  const cases: readonly (readonly [string, Script, boolean])[] = [
    ["an error", fails("overloaded"), true],
    ["usage, then an error", [usage, ...fails("network")], true],
    ["empty text, then an error", [{ type: "text_delta", text: "" }, ...fails("auth")], true],
    ["an empty answer", [done], true],
    ["usage alone", [usage, done], true],
    ["no end", [], true],
    ["usage without an end", [usage], true],
    ["an exception", [new Error("bug")], true],
    ["an exception of ours", [new ProviderError("rate_limit", "Cannot chat: slow down")], true],
    ["text, then an error", [text, ...fails("network")], false],
    ["text without an end", [text], false],
    ["text, then an exception", [text, new Error("bug")], false],
    ["a tool call, then an error", [call, ...fails("overloaded")], false],
    ["a request that is wrong", fails("bad_request"), false],
    ["nothing but thinking", [usage, { type: "done", finishReason: "length" }], false],
    ["a filter", [{ type: "done", finishReason: "content_filter" }], false],
  ];
  for (const [name, script, failsOver] of cases) {
    await t.step(name, async () => {
      const { router, a, b } = setUp([script], [says("from b")]);
      const got = await ask(router);
      assertEquals([a.asked.length, b.asked.length], [1, failsOver ? 1 : 0]);
      if (failsOver) assertEquals(got, says("from b"));
      const ends = got.filter(({ type }) => type === "done" || type === "error");
      assertEquals([ends.length, ends[0]], [1, got.at(-1)]);
    });
  }
});

Deno.test("chat() tells nothing after the end, also when the provider fails behind it", async () => {
  const { router, attempts, a } = setUp([says("Hi")], []);
  const answer = a.chat.bind(a);
  a.chat = async function* (request, options) {
    try {
      yield* answer(request, options);
    } finally {
      await Promise.reject(new Error("bug"));
    }
  };
  assertEquals(await ask(router), says("Hi"));
  assertEquals(outcomes(attempts), ["a/m: answered"]);
});

Deno.test("chat() fails over after these errors, and cools down after these", async (t) => {
  const codes: Readonly<Record<ProviderErrorCode, readonly [over: boolean, cools: boolean]>> = {
    auth: [true, true],
    rate_limit: [true, true],
    overloaded: [true, true],
    network: [true, true],
    invalid_response: [true, true],
    unknown_model: [true, false],
    unavailable: [true, false],
    context_length: [false, false],
    bad_request: [false, false],
    budget: [false, false],
  };
  for (const [code, [over, cools]] of Object.entries(codes)) {
    await t.step(code, async () => {
      const { router, a } = setUp([fails(code as ProviderErrorCode), says("from a")], [says("b")]);
      assertEquals(textOf(await ask(router)), over ? "b" : "");
      const again = await ask(router);
      assertEquals(textOf(again), cools ? "b" : "from a");
      assertEquals(a.asked.length, cools ? 1 : 2);
    });
  }
});

Deno.test("chat() asks a model that reads more when the conversation is too long", async () => {
  const [openai, google, anthropic] = ["openai", "google", "anthropic"].map((name) =>
    new ScriptedProvider(name, fails("context_length"))
  );
  assert(openai && google && anthropic);
  google.scripts = [says("I read more")];
  const router = createRouter({
    providers: [openai, google, anthropic],
    default: "openai/gpt-4o",
    failover: ["openai/gpt-4o-mini", "google/gemini-2.5-flash", "anthropic/claude-sonnet-4-5"],
  });
  assertEquals(textOf(await ask(router)), "I read more");
  assertEquals([openai.asked.length, google.asked.length, anthropic.asked.length], [1, 1, 0]);
});

Deno.test("chat() says what became of the whole chain", async () => {
  const { router, clock } = setUp([fails("rate_limit", 9000)], [fails("overloaded", 4000)]);
  const [event] = await ask(router);
  assertEquals(event, {
    type: "error",
    code: "rate_limit",
    message: "Cannot chat: rate_limit; also asked b/n: overloaded",
    retryAfterMs: 4000,
  });
  clock.now += 1000;
  const [cooling] = await ask(router);
  assertEquals(cooling, {
    type: "error",
    code: "unavailable",
    message: 'Cannot ask "a/m": it had too many requests; this model is asked again at ' +
      "1970-01-01T00:16:49.000Z (in 8 s); also asked b/n: unavailable",
    retryAfterMs: 3000,
  });
});

Deno.test("chat() takes the chain of the model, without the model itself", async () => {
  const { router, a, b } = setUp([fails("overloaded")], [fails("overloaded")], {
    failover: { "a/m": ["a/m", "a/m2", "gone/x"], "*": ["a/m3"] },
  });
  await ask(router);
  assertEquals(a.asked.map(({ model }) => model), ["m", "m2"]);
  await ask(router, {}, "b/n");
  assertEquals(b.asked.map(({ model }) => model), ["n"]);
  assertEquals(a.asked.map(({ model }) => model), ["m", "m2", "m3"]);
});

Deno.test("a failing model cools down twice as long each time, and is then tried once", async () => {
  const { router, a, clock } = setUp([fails("overloaded")], [says("b")]);
  for (const cooldownMs of [1000, 2000, 4000, 8000]) {
    const before = a.asked.length;
    await ask(router);
    assertEquals(a.asked.length, before + 1);
    clock.now += cooldownMs - 1;
    await ask(router);
    assertEquals(a.asked.length, before + 1, `still cools down before ${cooldownMs} ms`);
    clock.now += 1;
  }
  a.scripts = [says("well again")];
  assertEquals(textOf(await ask(router)), "well again");
  a.scripts = [fails("overloaded"), says("well again")];
  await ask(router);
  clock.now += 1000;
  assertEquals(textOf(await ask(router)), "well again", "success has forgotten the failures");
});

Deno.test("cooldowns grow to the longest that is set, or as the vendor asks", async (t) => {
  const cases: readonly (readonly [Script, number])[] = [
    [fails("overloaded"), 5000],
    [fails("auth"), 5000],
    [fails("rate_limit", 90_000), 90_000],
    [fails("rate_limit", 1e12), 3_600_000],
  ];
  for (const [script, longestMs] of cases) {
    await t.step(JSON.stringify(script), async () => {
      const { router, a, clock } = setUp([script], [says("b")], { cooldownMs: 5000 });
      for (let i = 0; i < 6; i++) {
        await ask(router);
        clock.now += longestMs;
      }
      assertEquals(a.asked.length, 6);
      await ask(router);
      clock.now += longestMs - 1;
      await ask(router);
      assertEquals(a.asked.length, 7);
    });
  }
});

Deno.test("only one call at a time tries a model that failed", async () => {
  const { router, a, b, clock } = setUp([fails("overloaded")], [says("b")]);
  await ask(router);
  clock.now += 1000;
  const opened = Promise.withResolvers<void>();
  a.gate = opened.promise;
  a.scripts = [says("a")];
  const first = ask(router);
  const second = await ask(router);
  assertEquals([textOf(second), b.asked.length], ["b", 2]);
  opened.resolve();
  assertEquals(textOf(await first), "a");
});

Deno.test("a trial that is left does not keep others out", async () => {
  const { router, a, clock } = setUp([fails("network"), says("a")], [says("b")]);
  await ask(router);
  clock.now += 1000;
  const { provider, model } = await router.route("home", "");
  for await (const _ of provider.chat({ model, messages: MESSAGES })) break;
  assertEquals(textOf(await ask(router)), "a");
  assertEquals(a.asked.length, 3);
});

Deno.test("a rate limit holds for the model", async () => {
  const { router, clock } = setUp([fails("rate_limit", 60_000), says("other")], [says("b")]);
  await ask(router);
  assertEquals(textOf(await ask(router, {}, "a/other")), "other");
  clock.now += 59_999;
  assertEquals(textOf(await ask(router)), "b");
  const [status] = router.status();
  assertEquals([status?.available, status?.coolingModels], [true, ["m"]]);
  clock.now += 1;
  assertEquals(textOf(await ask(router)), "other");
});

Deno.test("a refused key or a broken line holds for the provider once two models have met it", async (t) => {
  for (const code of ["network", "auth"] as const) {
    await t.step(code, async () => {
      const { router, a, clock } = setUp([fails(code)], [], { failover: [] });
      await ask(router);
      const told = router.status()[0];
      assertEquals([told?.available, told?.coolingModels], [false, ["m"]]);
      const [own] = await ask(router);
      const seconds = code === "auth" ? 60 : 1;
      const until = new Date(clock.now + seconds * 1000).toISOString();
      assertStringIncludes(
        own?.type === "error" ? own.message : "",
        `this model is asked again at ${until} (in ${seconds} s)`,
      );
      await ask(router, {}, "a/other");
      assertEquals(a.asked.map(({ model }) => model), ["m", "other"]);
      const [third] = await ask(router, {}, "a/third");
      assertEquals(a.asked.length, 2);
      assertStringIncludes(
        third?.type === "error" ? third.message : "",
        `provider "a" is asked again at ${until}`,
      );
      clock.now += seconds * 1000;
      a.scripts = [says("well again")];
      assertEquals(textOf(await ask(router, {}, "a/third")), "well again");
      assertEquals(textOf(await ask(router, {}, "a/other")), "well again");
    });
  }
});

Deno.test("one model that fails leaves the others of its provider alone", async (t) => {
  const codes = [
    ...["auth", "network", "rate_limit", "overloaded", "invalid_response"] as const,
    ...["unknown_model", "bad_request", "context_length"] as const,
  ];
  for (const code of codes) {
    await t.step(code, async () => {
      const { router, a, clock } = setUp([says("fine")], [], { failover: [] });
      const answer = a.chat.bind(a);
      a.chat = (request, options) => {
        a.scripts = [request.model === "m" ? fails(code) : says("fine")];
        return answer(request, options);
      };
      for (let round = 0; round < 4; round++) {
        await ask(router);
        assertEquals(textOf(await ask(router, {}, "a/other")), "fine");
        assertEquals(router.status()[0]?.available, true);
        clock.now += 300_000;
      }
      assertEquals(a.asked.filter(({ model }) => model === "m").length, 4);
    });
  }
});

Deno.test("only so many cooldowns are kept, however many models are named", async () => {
  const { router } = setUp([fails("overloaded")], [], { failover: [] });
  for (let i = 0; i <= 1001; i++) await ask(router, {}, `a/m${i}`);
  const names = router.status()[0]?.coolingModels;
  assertEquals([names?.length, names?.[0], names?.at(-1)], [1000, "m2", "m1001"]);
});

Deno.test("status() tells what was measured", async () => {
  const { router, a, clock } = setUp([says("a")], []);
  const before = router.status()[0];
  assertEquals([before?.message, before?.latencyMs], ["Not asked yet", undefined]);
  const events = a.chat.bind(a);
  a.chat = async function* (request, options) {
    clock.now += 30;
    yield* events(request, options);
  };
  await ask(router);
  await ask(router);
  a.scripts = [fails("network")];
  await ask(router);
  assertEquals(router.status(), [
    {
      provider: "a",
      available: false,
      message: "Cools down for 1 s after a failure: Cannot chat: network",
      successes: 2,
      failures: 1,
      latencyMs: 30,
      cooldownMs: 1000,
      coolingModels: ["m"],
    },
    {
      provider: "b",
      available: true,
      message: "Answered 0 of the last 1 calls",
      successes: 0,
      failures: 1,
      latencyMs: undefined,
      cooldownMs: 0,
      coolingModels: ["n"],
    },
  ]);
});

Deno.test("an abort is no failure, and is thrown as it is", async () => {
  const { router, a, b, attempts } = setUp([says("Half")], [says("b")]);
  const abort = new AbortController();
  const { provider, model } = await router.route("home", "");
  const reason = new Error("no longer wanted");
  const error = await assertRejects(async () => {
    const events = provider.chat({ model, messages: MESSAGES }, { signal: abort.signal });
    for await (const _ of events) abort.abort(reason);
  });
  assertEquals(error, reason);
  assertEquals(outcomes(attempts), ["a/m: aborted"]);
  const [status] = router.status();
  assertEquals([status?.failures, status?.available, b.asked.length], [0, true, 0]);
  await assertRejects(() => router.route("home", "", { signal: abort.signal }), Error, "wanted");
  assertEquals(a.asked.length, 1);
});

Deno.test("embed() goes through the router, without failing over", async () => {
  const [a, b] = [new EmbeddingProvider("a"), new EmbeddingProvider("b")];
  const attempts: Attempt[] = [];
  const onAttempt = (attempt: Attempt) => void attempts.push(attempt);
  const router = createRouter({ providers: [a, b], default: "a/e", failover: ["b/e"], onAttempt });
  const { provider, model } = await router.route("home", "");
  assert(provider.embed !== undefined);
  const { embeddings } = await provider.embed({ model, texts: ["x", "yy"] });
  assertEquals(embeddings, [Float32Array.of(1), Float32Array.of(2)]);
  a.embedError = new ProviderError("overloaded", "Cannot embed: busy");
  const failed = async () => await provider.embed?.({ model, texts: ["x"] });
  assertEquals((await assertRejects(failed, ProviderError)).code, "overloaded");
  assertEquals((await assertRejects(failed, ProviderError)).code, "unavailable");
  assertEquals(outcomes(attempts), ["a/e: answered", "a/e: overloaded", "a/e: unavailable"]);
  const { router: plain } = setUp([], []);
  assertEquals((await plain.route("home", "")).provider.embed, undefined);
});

Deno.test("a routed provider tells of the provider behind it", async () => {
  const { router, a } = setUp([fails("network")], []);
  const { provider } = await router.route("home", "");
  assert(await provider.available());
  assertEquals((await provider.status()).message, "Plays scripts");
  assertEquals(await provider.listModels(), []);
  await ask(router);
  assertEquals(await provider.available(), false);
  await provider.close();
  await provider[Symbol.asyncDispose]();
  assertEquals(a.closes, 0);
});

Deno.test("listModels() joins the lists of all that answer", async () => {
  const { router, a, b, logs } = setUp([], []);
  const capabilities = {
    supportsTools: true,
    supportsVision: false,
    supportsStreaming: true,
    supportsThinking: false,
    maxContextTokens: 0,
    maxOutputTokens: 0,
  };
  a.models = [{ id: "m", name: "M", provider: "other", capabilities }];
  b.models = new ProviderError("auth", "Cannot list the models: no key");
  assertEquals(await router.listModels(), [
    { id: "a/m", name: "M", provider: "a", capabilities },
  ]);
  assertEquals(logs, ["models not listed"]);
});

Deno.test("close() closes every provider once, also when one fails", async () => {
  const { router, a, b } = setUp([], []);
  a.close = () => Promise.reject(new Error("stuck"));
  await assertRejects(() => router.close(), Error, "stuck");
  await assertRejects(() => router[Symbol.asyncDispose](), Error, "stuck");
  assertEquals(b.closes, 1);
  const error = await assertRejects(() => router.route("home", ""), ProviderError);
  assertEquals(error.code, "unavailable");
  assertEquals((await assertRejects(() => router.listModels(), ProviderError)).code, "unavailable");
});

Deno.test("onAttempt may throw without harm", async () => {
  const { router, logs } = setUp([says("Hi")], [], {
    onAttempt: () => {
      throw new Error("bug");
    },
  });
  assertEquals(await ask(router), says("Hi"));
  assertEquals(logs, ["model has no price: only token limits hold it", "onAttempt failed"]);
});
