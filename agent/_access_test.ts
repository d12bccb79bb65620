// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertObjectMatch } from "@std/assert";
import { StoreError } from "@sigil/store";
import { last, openFixture, types } from "./testdata/fixture.ts";
import { openInmemStores } from "./testdata/open_stores.ts";
import { says } from "./testdata/scripted_provider.ts";

Deno.test("Agent.turn() refuses another user's session, and records it", async () => {
  await using fixture = await openFixture([says("Hello")]);
  await fixture.say("My secret");
  const events = await fixture.say("Tell me", { userId: "bob" });
  assertEquals(events, [{
    type: "error",
    code: "forbidden",
    message: 'Cannot use session "s1": it belongs to another user',
    retryAfterMs: undefined,
  }]);
  assertEquals(fixture.provider.requests.length, 1);
  assertEquals((await fixture.messages()).length, 2);
  assertObjectMatch((await fixture.audit()).at(-1) ?? {}, {
    action: "session.access",
    actor: "bob",
    workspaceId: "home",
    sessionId: "s1",
    result: "denied",
    details: { reason: 'Cannot use session "s1": it belongs to another user' },
  });
});

Deno.test("Agent.turn() refuses a session of another workspace", async () => {
  await using stores = await openInmemStores();
  const openWorkspace = () => Promise.resolve(stores); // one store for both workspaces
  await using fixture = await openFixture([says("Hello")], { stores, openWorkspace });
  await fixture.say("Hello");
  const events = await fixture.say("Hello", { workspaceId: "work" });
  assertEquals(last(events, "error").code, "forbidden");
});

Deno.test("Agent.turn() keeps sessions of the same name in two workspaces apart", async () => {
  await using fixture = await openFixture([says("Hello")]);
  await fixture.say("At home");
  const events = await fixture.say("At work", { workspaceId: "work", userId: "bob" });
  assertEquals(types(events).at(-1), "done");
  assertEquals(fixture.provider.requests[1]?.messages, [{ role: "user", content: "At work" }]);
});

Deno.test("Agent.turn() refuses a session that is not active", async (t) => {
  for (const status of ["paused", "archived"] as const) {
    await t.step(status, async () => {
      await using fixture = await openFixture([says("Hello")]);
      await fixture.say("Hello");
      const session = await fixture.stores.sessions.getSession("s1");
      await fixture.stores.sessions.updateSession({ ...session, status });
      const { code, message } = last(await fixture.say("Hello"), "error");
      assertEquals([code, message], ["forbidden", `Cannot use session "s1": it is ${status}`]);
    });
  }
});

Deno.test("Agent.turn() lets members only into a workspace", async () => {
  await using fixture = await openFixture([says("Hello")], {
    isMember: ({ workspaceId, userId }) =>
      Promise.resolve(workspaceId === "home" && userId === "ann"),
  });
  assertEquals(types(await fixture.say("Hello")).at(-1), "done");
  const { code, message } = last(await fixture.say("Hello", { userId: "bob" }), "error");
  assertEquals([code, message], ["forbidden", 'Cannot use workspace "home": not a member']);
  assertEquals((await fixture.audit()).at(-1)?.result, "denied");
});

Deno.test("Agent.turn() takes a user that nobody knows for no member", async () => {
  await using fixture = await openFixture([says("Hello")], {
    isMember: () => Promise.reject(new StoreError("not_found", "Cannot get user")),
  });
  assertEquals(last(await fixture.say("Hello"), "error").code, "forbidden");
});

Deno.test("Agent.turn() gives a session that two users open at once to one of them", async () => {
  await using fixture = await openFixture([says("Hello")]);
  const turns = ["ann", "bob"].map((userId) => fixture.say("Hello", { userId, sessionId: "new" }));
  const ends = (await Promise.all(turns)).map((events) => types(events).at(-1));
  assertEquals(ends.toSorted(), ["done", "error"]);
  const users = new Set([(await fixture.stores.sessions.getSession("new")).userId]);
  assertEquals(users, new Set([ends[0] === "done" ? "ann" : "bob"]));
});

Deno.test("Agent.turn() does not let one user hold up another's session", async () => {
  await using fixture = await openFixture([says("Hello")]);
  await fixture.say("Hello");
  const intruder = fixture.agent
    .turn({ workspaceId: "home", userId: "bob", sessionId: "s1", content: "Hello" });
  const first = await intruder[Symbol.asyncIterator]().next(); // never read on
  assertEquals(first.value?.type, "error");
  assertEquals(types(await fixture.say("Hello again")).at(-1), "done");
});
