// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertThrows } from "@std/assert";
import { type AgentOptions, openAgent } from "./mod.ts";
import { StoreError } from "@sigil/store";
import { last, openFixture, spoken, START, types } from "./testdata/fixture.ts";
import { interceptStores } from "./testdata/intercept.ts";
import { openInmemStores } from "./testdata/open_stores.ts";
import { says, ScriptedProvider, SoleRouter, USAGE } from "./testdata/scripted_provider.ts";

Deno.test("Agent.turn() stores what is said and what is answered", async () => {
  await using fixture = await openFixture([says("Hello to you")]);
  const events = await fixture.say("Hello", { metadata: { channel: "test" } });
  const messages = await fixture.messages();

  assertEquals(events, [
    { type: "started", sessionId: "s1", messageId: messages[0]?.id ?? "", model: "script/default" },
    { type: "text_delta", text: "Hello " },
    { type: "text_delta", text: "to " },
    { type: "text_delta", text: "you" },
    { type: "usage", usage: USAGE },
    { type: "done", messageId: messages[1]?.id ?? "", content: "Hello to you" },
  ]);
  assertEquals(spoken(messages), ["user: Hello", "assistant: Hello to you"]);
  assertEquals(messages[0]?.metadata, { channel: "test" });
  assertEquals(messages[1]?.metadata, { model: "script/default", finishReason: "stop" });
});

Deno.test("Agent.turn() makes what was said searchable at once", async () => {
  await using fixture = await openFixture([says("Noted, a grey owl")]);
  await fixture.say("I saw an owl");
  const hits = await fixture.stores.memory.messages.search("home", "owl");
  assertEquals(spoken(hits).sort(), ["assistant: Noted, a grey owl", "user: I saw an owl"]);
  const ids = (await fixture.messages()).map(({ id }) => id);
  assertEquals(hits.map(({ id }) => id).sort(), ids);
});

Deno.test("Agent.turn() has stored the user's message when it has started", async () => {
  await using fixture = await openFixture([says("Hello")]);
  for await (
    const event of fixture.agent.turn({
      workspaceId: "home",
      userId: "ann",
      sessionId: "s1",
      content: "First",
    })
  ) {
    if (event.type !== "started") continue;
    assertEquals(spoken(await fixture.messages()), ["user: First"]);
    assertEquals((await fixture.messages())[0]?.id, event.messageId);
  }
});

Deno.test("Agent.turn() shows the model the conversation, and the same system prompt always", async () => {
  await using fixture = await openFixture([says("One"), says("Two")], {
    settings: { systemPrompt: "Be brief." },
  });
  await fixture.say("First");
  await fixture.say("Second");
  const [first, second] = fixture.provider.requests;
  assertEquals(second?.messages, [
    { role: "user", content: "First" },
    { role: "assistant", content: "One" },
    { role: "user", content: "Second" },
  ]);
  assert(first?.systemPrompt?.startsWith("Be brief.\n\nText between <tool_result>"));
  assertEquals(second?.systemPrompt, first?.systemPrompt);
});

Deno.test("Agent.turn() opens a session when none is named", async () => {
  await using fixture = await openFixture([says("Hello")]);
  const [started] = await fixture.say("Hello", { sessionId: undefined });
  assert(started?.type === "started");
  const session = await fixture.stores.sessions.getSession(started.sessionId);
  assertEquals([session.workspaceId, session.userId], ["home", "ann"]);
  const actions = (await fixture.audit()).map(({ action, result }) => `${action} ${result}`);
  assertEquals(actions, ["session.create ok", "turn.run ok"]);
});

Deno.test("Agent.turn() chooses the model of the request, then of the session", async () => {
  await using fixture = await openFixture([says("Hello")]);
  await fixture.say("Hello", { model: "script/large" });
  const session = await fixture.stores.sessions.getSession("s1");
  await fixture.stores.sessions.updateSession({ ...session, modelOverride: "script/mine" });
  await fixture.say("Hello");
  await fixture.say("Hello", { model: "script/other" });
  const models = fixture.provider.requests.map(({ model }) => model);
  assertEquals(models, ["large", "mine", "other"]);
});

Deno.test("Agent.turn() hands options on, zero included", async () => {
  const settings = { chat: { temperature: 0, maxTokens: 100 } };
  await using fixture = await openFixture([says("Hello")], { settings });
  await fixture.say("Hello");
  await fixture.say("Hello", { options: { maxTokens: 5, temperature: undefined } });
  assertEquals(fixture.provider.requests.map(({ options }) => options), [
    { temperature: 0, maxTokens: 100 },
    { temperature: 0, maxTokens: 5 },
  ]);
});

Deno.test("Agent.turn() orders a session by time, even when the clock stands still or goes back", async () => {
  const times = [0, 0, 0, -60_000, -60_000, 5, 5, 5, 5].map((ms) => START.getTime() + ms);
  const now = () => new Date(times.length > 1 ? times.shift() ?? 0 : times[0] ?? 0);
  await using fixture = await openFixture([says("One"), says("Two"), says("Three")], { now });
  await fixture.say("First");
  await fixture.say("Second");
  await fixture.say("Third");
  const messages = await fixture.messages();
  assertEquals(messages.map(({ content }) => content), [
    "First",
    "One",
    "Second",
    "Two",
    "Third",
    "Three",
  ]);
  const moments = messages.map(({ createdAt }) => createdAt.getTime());
  assertEquals(new Set(moments).size, moments.length);
  assertEquals(moments, moments.toSorted((left, right) => left - right));
});

Deno.test("Agent.turn() refuses bad input without storing anything", async (t) => {
  const cases = [
    ["an empty message", { content: "" }, "invalid_input", "the message is empty"],
    ["a blank message", { content: " \n" }, "invalid_input", "the message is empty"],
    ["an empty user", { userId: "" }, "invalid_input", 'userId is ""'],
    ["an empty session", { sessionId: "" }, "invalid_input", 'sessionId is ""'],
    ["a huge session id", { sessionId: "x".repeat(1e6) }, "invalid_input", "sessionId is"],
    ["an unknown workspace", { workspaceId: "none" }, "not_found", 'workspace "none"'],
    ["an unknown model", { model: "none/model" }, "unknown_model", '"none/model"'],
    ["a lone surrogate", { content: "a\uD800" }, "invalid_input", "surrogate"],
    ["NUL", { content: "a\0b" }, "invalid_input", "NUL"],
  ] as const;
  for (const [name, request, code, message] of cases) {
    await t.step(name, async () => {
      await using fixture = await openFixture([says("Hello")]);
      const events = await fixture.say("Hello", request);
      assertEquals(types(events), ["error"]);
      const [error] = events;
      assert(error?.type === "error" && error.code === code, Deno.inspect(error));
      assert(error.message.includes(message), error.message);
      assert(error.message.length < 500);
      assertEquals(fixture.provider.requests, []);
      assertEquals(await fixture.stores.sessions.listSessions("home"), []);
      assertEquals(await fixture.stores.memory.messages.count("home"), 0);
    });
  }
});

Deno.test("Agent.turn() keeps what may be secret in an unforeseen error to itself", async () => {
  const logged: unknown[] = [];
  const logger = {
    debug() {},
    info() {},
    warn() {},
    error: (...line: unknown[]) => logged.push(line),
  };
  await using fixture = await openFixture([says("Hello")], {
    logger,
    tools: () => {
      throw new Error("password hunter2");
    },
  });
  const events = await fixture.say("Hello");
  assertEquals(events, [{
    type: "error",
    code: "internal",
    message: "Cannot finish the turn: an unexpected error",
    retryAfterMs: undefined,
  }]);
  assertEquals(logged.length, 1);
});

Deno.test("Agent.turn() tries to put a workspace right again when that failed", async () => {
  let isBroken = true;
  const stores = interceptStores(await openInmemStores(), (method) => {
    if (isBroken && method === "summaries.getLatest") throw new StoreError("busy", "Cannot read");
  });
  await using fixture = await openFixture([says("Hello")], { stores });
  assertEquals(last(await fixture.say("Hello"), "error").code, "storage");
  isBroken = false;
  assertEquals(last(await fixture.say("Hello"), "done").content, "Hello");
});

Deno.test("Agent.close() takes no new turns, and waits for those under way", async () => {
  await using fixture = await openFixture([says("Hello to you")]);
  const turn = fixture.agent.turn({ workspaceId: "home", userId: "ann", content: "Hello" });
  const events = turn[Symbol.asyncIterator]();
  await events.next();
  let closed = false;
  const closing = fixture.agent.close().then(() => closed = true);
  const refused = await fixture.say("Too late");
  assertEquals(refused, [{
    type: "error",
    code: "unavailable",
    message: "Cannot run a turn: the agent is closed",
  }]);
  assertEquals(closed, false);
  while (!(await events.next()).done);
  await closing;
  assertEquals(closed, true);
  await fixture.agent.close();
});

Deno.test("openAgent() refuses wrong options", async (t) => {
  await using stores = await openInmemStores();
  const options = {
    openWorkspace: () => Promise.resolve(stores),
    router: new SoleRouter(new ScriptedProvider([])),
    audit: { append: () => Promise.resolve() },
  };
  await t.step("no audit sink", () => {
    const { audit: _, ...rest } = options;
    const incomplete: Omit<AgentOptions, "audit"> = rest;
    assertThrows(
      // @ts-expect-error the compiler says so, too
      () => openAgent(incomplete),
      TypeError,
      "there is no audit sink",
    );
  });
  for (
    const settings of [
      { activeWindow: 0 },
      { activeWindow: 20_000 },
      { maxToolRounds: -1 },
      { maxToolResultBytes: 1.5 },
      { toolTimeoutMs: NaN },
      { compaction: { batchSize: 0 } },
    ]
  ) {
    await t.step(Deno.inspect(settings), () => {
      assertThrows(
        () => openAgent({ ...options, settings }),
        RangeError,
        "Cannot work by these settings: ",
      );
    });
  }
});

Deno.test("Agent.configure() changes how the next turn works, or nothing", async () => {
  await using fixture = await openFixture([says("One"), says("Two"), says("Three")]);
  await fixture.say("First");
  fixture.agent.configure({ activeWindow: 1, chat: { seed: 7 } });
  assertThrows(() => fixture.agent.configure({ activeWindow: 0 }), RangeError);
  await fixture.say("Second");
  await fixture.say("Third");
  const [first, , third] = fixture.provider.requests;
  assertEquals([first?.options, third?.options], [{}, { seed: 7 }]);
  assertEquals(third?.messages.map(({ content }) => content).slice(1), ["Third"]);
});

Deno.test("openAgent() needs no permission", async () => {
  const script = new URL("testdata/one_turn.ts", import.meta.url).pathname;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--cached-only", script],
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});
