// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "@sigil/store";
import { last, openFixture, SPEAKER, spoken, textTool, types } from "./testdata/fixture.ts";
import { interceptStores } from "./testdata/intercept.ts";
import { openInmemStores } from "./testdata/open_stores.ts";
import {
  type Answer,
  callsTools,
  failsAfter,
  says,
  saysAndStalls,
  USAGE,
} from "./testdata/scripted_provider.ts";

Deno.test("Agent.turn() hands on a provider's error, and keeps what was said before it", async (t) => {
  const cases = [
    { text: "", stored: ["user: Hello"] },
    { text: "Half an answer", stored: ["user: Hello", "assistant: Half an answer"] },
  ];
  for (const { text, stored } of cases) {
    await t.step(text || "nothing", async () => {
      await using fixture = await openFixture([failsAfter(text, "rate_limit", 2000)]);
      const events = await fixture.say("Hello");
      assertEquals(last(events, "error"), {
        type: "error",
        code: "rate_limit",
        message: "Cannot chat with script: rate_limit",
        retryAfterMs: 2000,
      });
      assertEquals(events.at(-2), { type: "usage", usage: USAGE });
      const messages = await fixture.messages();
      assertEquals(spoken(messages), stored);
      if (text !== "") assertEquals(messages.at(-1)?.metadata.interrupted, "true");
      const found = await fixture.stores.memory.messages.count("home");
      assertEquals(found, stored.length);
      const session = await fixture.stores.sessions.getSession("s1");
      assertEquals(session.tokenBudget.usedSession, 15);
      assertEquals((await fixture.audit()).at(-1)?.result, "rate_limit");
    });
  }
});

Deno.test("Agent.turn() goes on after a failed turn", async () => {
  await using fixture = await openFixture([failsAfter("Half", "network"), says("Whole")]);
  await fixture.say("Hello");
  assertEquals(types(await fixture.say("Again")).at(-1), "done");
  assertEquals(fixture.provider.requests[1]?.messages, [
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Half" },
    { role: "user", content: "Again" },
  ]);
});

Deno.test("Agent.turn() shows less when the model cannot read that much", async (t) => {
  const answer: Answer = (request, signal) =>
    request.messages.length > 3
      ? failsAfter("", "context_length")(request, signal)
      : says(`${request.messages.length} seen`)(request, signal);
  await t.step("the newest turns that fit", async () => {
    await using fixture = await openFixture([answer]);
    for (const line of ["One", "Two"]) await fixture.say(line);
    const events = await fixture.say("Three");
    assertEquals(last(events, "done").content, "3 seen");
    assertEquals(fixture.provider.requests.at(-1)?.messages[0]?.content, "Two");
  });
  await t.step("and gives up when nothing is left to leave out", async () => {
    await using fixture = await openFixture([failsAfter("", "context_length")]);
    await fixture.say("One");
    assertEquals(last(await fixture.say("Two"), "error").code, "context_length");
    assertEquals(fixture.provider.requests.length, 3);
  });
});

Deno.test("Agent.turn() takes an answer that just ends for a broken one", async () => {
  await using fixture = await openFixture([() => [{ type: "text_delta", text: "Half" }]]);
  const { code, message } = last(await fixture.say("Hello"), "error");
  assertEquals([code, message], [
    "invalid_response",
    'Cannot chat with "script": the answer ended without saying so',
  ]);
  assertEquals((await fixture.messages()).at(-1)?.metadata.interrupted, "true");
});

Deno.test("Agent.turn() survives a provider that throws", async () => {
  await using fixture = await openFixture([() => {
    throw new Error("bug");
  }]);
  assertEquals(last(await fixture.say("Hello"), "error").code, "internal");
});

Deno.test("Agent.turn() stores an empty answer, but does not show it again", async () => {
  await using fixture = await openFixture([says("")]);
  assertEquals(last(await fixture.say("Hello"), "done").content, "");
  await fixture.say("Still there?");
  assertEquals((await fixture.messages()).length, 4);
  assertEquals(spoken(fixture.provider.requests[1]?.messages ?? []), [
    "user: Hello",
    "user: Still there?",
  ]);
});

Deno.test("Agent.turn() throws the signal's reason, stops the provider and keeps what was said", async () => {
  await using fixture = await openFixture([saysAndStalls("Half an answer"), says("Whole")]);
  const controller = new AbortController();
  const turn = fixture.agent.turn({ ...SPEAKER, content: "Hello" }, { signal: controller.signal });
  const events: string[] = [];
  await assertRejects(
    async () => {
      for await (const event of turn) {
        events.push(event.type);
        if (event.type === "text_delta") {
          queueMicrotask(() => controller.abort(new RangeError("gone")));
        }
      }
    },
    RangeError,
    "gone",
  );
  assertEquals(events, ["started", "text_delta"]);
  const next = await fixture.say("Go on"); // its turn comes once the first is settled
  assertEquals(last(next, "done").content, "Whole");
  assertEquals(fixture.provider.open, 0);
  const messages = await fixture.messages();
  assertEquals(spoken(messages).slice(0, 2), ["user: Hello", "assistant: Half an answer"]);
  assertEquals(messages[1]?.metadata.interrupted, "true");
  assert((await fixture.audit()).some(({ result }) => result === "interrupted"));
});

Deno.test("Agent.turn() is stopped by breaking out of the loop", async () => {
  await using fixture = await openFixture([says("A long answer"), says("Whole")]);
  for await (const event of fixture.agent.turn({ ...SPEAKER, content: "Hello" })) {
    if (event.type === "text_delta") break;
  }
  assertEquals(fixture.provider.open, 0);
  const messages = await fixture.messages();
  assertEquals(spoken(messages), ["user: Hello", "assistant: A "]);
  assertEquals(messages[1]?.metadata.interrupted, "true");
  assertEquals(types(await fixture.say("Go on")).at(-1), "done");
});

Deno.test("Agent.turn() stores nothing when it is aborted before it began", async () => {
  await using fixture = await openFixture([says("Hello")]);
  await assertRejects(
    () => fixture.say("Hello", {}, { signal: AbortSignal.abort(new RangeError("gone")) }),
    RangeError,
    "gone",
  );
  assertEquals(await fixture.messages(), []);
});

Deno.test("Agent.turn() can be given up while another turn holds the lane", async () => {
  await using fixture = await openFixture([saysAndStalls("Hold"), says("Next")]);
  const first = fixture.agent.turn({ ...SPEAKER, content: "First" })[Symbol.asyncIterator]();
  await first.next();
  await first.next();
  const controller = new AbortController();
  const second = fixture.say("Second", {}, { signal: controller.signal });
  controller.abort(new RangeError("too slow"));
  await assertRejects(() => second, RangeError, "too slow");
  await first.return?.();
  await fixture.say("Third");
  assertEquals(
    spoken(await fixture.messages()).filter((line) => line.startsWith("user")),
    ["user: First", "user: Third"],
  );
});

Deno.test("Agent.turn() says that it cannot store", async (t) => {
  const full = () =>
    Promise.reject(new StoreError("full", "Cannot append message: the disk is full"));
  const cases = {
    "the user's message": { at: 1, stored: [], seen: ["error"] },
    "the answer": {
      at: 2,
      stored: ["user: Hello"],
      seen: ["started", "text_delta", "usage", "error"],
    },
  };
  for (const [name, { at, stored, seen }] of Object.entries(cases)) {
    await t.step(name, async () => {
      const real = await openInmemStores();
      let appends = 0;
      const stores = interceptStores(real, async (method) => {
        if (method === "sessions.appendMessage" && ++appends === at) await full();
      });
      await using fixture = await openFixture([says("Hello")], { stores });
      const events = await fixture.say("Hello");
      assertEquals(types(events), seen);
      const { code, message } = last(events, "error");
      assertEquals([code, message], ["storage", "Cannot append message: the disk is full"]);
      assertEquals(spoken(await real.sessions.getActiveWindow("s1", 10)), stored);
    });
  }
  await t.step("the record of the turn", async () => {
    await using fixture = await openFixture([says("Hello")], { audit: { append: full } });
    assertEquals(last(await fixture.say("Hello"), "error").code, "storage");
  });
});

Deno.test("Agent.turn() counts tokens against the session, and refuses when they are used", async (t) => {
  const limits = [
    ["session", { maxPerSession: 20 }, undefined],
    ["hour", { maxPerHour: 20 }, 60],
    ["day", { maxPerDay: 20 }, 14 * 60],
  ] as const;
  for (const [span, limit, resetsInMinutes] of limits) {
    await t.step(`of the ${span}`, async () => {
      let time = new Date("2026-05-03T10:00:00Z");
      await using fixture = await openFixture([says("Hello")], { now: () => time });
      await fixture.say("One");
      const { sessions } = fixture.stores;
      const session = await sessions.getSession("s1");
      assertEquals(session.tokenBudget.usedSession, 15);
      await sessions.updateSession({
        ...session,
        tokenBudget: { ...session.tokenBudget, ...limit },
        updatedAt: time,
      });
      assertEquals(types(await fixture.say("Two")).at(-1), "done");
      const refused = await fixture.say("Three");
      const which = span === "session" ? "the session" : `this ${span}`;
      assertEquals(refused, [{
        type: "error",
        code: "budget",
        message: `Cannot use session "s1": 30 of 20 tokens of ${which} are used`,
        retryAfterMs: resetsInMinutes === undefined ? undefined : resetsInMinutes * 60_000,
      }]);
      time = new Date("2026-05-04T00:00:00Z");
      const later = types(await fixture.say("Four")).at(-1);
      assertEquals(later, span === "session" ? "error" : "done");
    });
  }
});

Deno.test("Agent.turn() hands the limits of the session to the router", async () => {
  await using fixture = await openFixture([says("Hello")]);
  const tokenBudget = { maxPerSession: 1000, maxPerDay: 500 };
  const session = { id: "s1", workspaceId: "home", userId: "ann", tokenBudget };
  await fixture.stores.sessions.createSession(session);
  await fixture.say("Hello");
  assertEquals(fixture.provider.calls, [{
    sessionId: "home/s1",
    sessionLimits: { tokens: 1000, tokensPerHour: undefined, tokensPerDay: 500 },
  }]);
});

Deno.test("Agent.turn() refuses tool calls beyond the budget, and tells the model", async (t) => {
  const tools = () => [textTool("look", "seen")];
  const three = callsTools([1, 2, 3].map(() => ({ name: "look", input: {} })));
  const refused = 'Cannot run tool "look": ';
  const cases = [
    {
      name: "of the settings",
      settings: { maxToolCalls: 2 },
      toolBudget: {},
      results: ["seen", "seen", `${refused}a turn may make 2 tool calls, and this one has`],
    },
    {
      name: "of the session in one turn",
      settings: {},
      toolBudget: { maxCallsPerTurn: 1 },
      results: [
        "seen",
        `${refused}a turn may make 1 tool calls, and this one has`,
        `${refused}a turn may make 1 tool calls, and this one has`,
      ],
    },
    {
      name: "of the whole session",
      settings: {},
      toolBudget: { maxCallsPerSession: 10, used: 8 },
      results: [
        "seen",
        "seen",
        `${refused}the session may make 10 tool calls, and it has made 10`,
      ],
    },
  ];
  for (const { name, settings, toolBudget, results } of cases) {
    await t.step(name, async () => {
      await using fixture = await openFixture([three, says("Done")], { tools, settings });
      const session = { id: "s1", workspaceId: "home", userId: "ann", toolBudget };
      await fixture.stores.sessions.createSession(session);
      const events = await fixture.say("Go");
      assertEquals(
        events.flatMap((event) => event.type === "tool_result" ? event.content : []),
        results,
      );
      assertEquals(types(events).at(-1), "done");
      const ran = results.filter((result) => result === "seen").length;
      const { used } = (await fixture.stores.sessions.getSession("s1")).toolBudget;
      assertEquals(used, (toolBudget.used ?? 0) + ran);
      const denied = (await fixture.audit()).filter(({ result }) => result === "denied");
      assertEquals(denied.length, 3 - ran);
    });
  }
});

Deno.test("Agent.turn() leaves alone what others change in the session meanwhile", async () => {
  await using fixture = await openFixture([says("Hello to you")]);
  for await (const event of fixture.agent.turn({ ...SPEAKER, content: "Hello" })) {
    if (event.type !== "started") continue;
    const session = await fixture.stores.sessions.getSession("s1");
    await fixture.stores.sessions.updateSession({ ...session, modelOverride: "script/mine" });
  }
  assertEquals((await fixture.stores.sessions.getSession("s1")).modelOverride, "script/mine");
});

Deno.test("Agent.turn() keeps 100 sessions apart and each in order", async () => {
  await using fixture = await openFixture([(request) => [
    { type: "text_delta", text: `to ${request.messages.at(-1)?.content}` },
    { type: "done", finishReason: "stop" },
  ]]);
  const sessions = Array.from({ length: 100 }, (_, index) => `s${index}`);
  const turns = [1, 2, 3].flatMap((round) =>
    sessions.map((sessionId) => fixture.say(`${sessionId} ${round}`, { sessionId }))
  );
  const ends = (await Promise.all(turns)).map((events) => types(events).at(-1));
  assertEquals(new Set(ends), new Set(["done"]));
  for (const sessionId of sessions) {
    const messages = await fixture.messages(sessionId);
    assertEquals(
      messages.map(({ content }) => content),
      [1, 2, 3].flatMap((round) => [`${sessionId} ${round}`, `to ${sessionId} ${round}`]),
    );
  }
});
