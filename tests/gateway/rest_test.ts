// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertMatch, assertObjectMatch } from "@std/assert";
import type { MessageInput } from "@sigil/store";
import { type Harness, openHarness } from "./_harness.ts";

const DEFAULT = "/api/v1/workspaces/default";

Deno.test("GET /api/v1/status tells how the gateway and its providers are", async () => {
  await using gateway = await openHarness();
  const status = await json(gateway, "/api/v1/status");
  assertObjectMatch(status, {
    answersUnderWay: 0,
    defaultWorkspace: "default",
    providers: [{ provider: "scripted", available: true }],
  });
});

Deno.test("GET /api/v1/workspaces lists workspaces", async () => {
  await using gateway = await openHarness();
  assertEquals(await json(gateway, "/api/v1/workspaces"), {
    items: [
      { id: "default", description: "Everyday matters", model: "" },
      { id: "lab", description: "For one", members: ["ada"], model: "scripted/echo" },
    ],
  });
  assertObjectMatch(await json(gateway, "/api/v1/workspaces/lab"), { id: "lab" });
  assertObjectMatch(await json(gateway, "/api/v1/workspaces/none"), { code: "not_found" });
});

Deno.test("the routes of sessions list, show, export and delete", async (t) => {
  await using gateway = await openHarness();
  const { sessions, memory } = await gateway.openWorkspace("default");
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute));
  for (const [index, userId] of ["owner", "ada"].entries()) {
    const id = `s${index + 1}`;
    const createdAt = at(index);
    await sessions.createSession({
      id,
      workspaceId: "default",
      userId,
      createdAt,
      updatedAt: createdAt,
    });
  }
  const early = {
    id: "m0",
    sessionId: "s1",
    role: "user",
    content: "Long ago",
    createdAt: at(1),
  } as const;
  await memory.messages.append("default", early);
  await memory.messages.append("default", { ...early, id: "x0", sessionId: "s2" });
  await sessions.appendMessage("s1", {
    id: "m1",
    role: "user",
    content: "Hello",
    createdAt: at(2),
  });
  await t.step("lists the most recently used first", async () => {
    const { items } = await json(gateway, `${DEFAULT}/sessions`);
    assertEquals(items.map(({ id }: { id: string }) => id), ["s2", "s1"]);
    const page = await json(gateway, `${DEFAULT}/sessions?limit=1&offset=1`);
    assertEquals(page.items.map(({ id }: { id: string }) => id), ["s1"]);
  });
  await t.step("shows one with moments as text", async () => {
    const session = await json(gateway, `${DEFAULT}/sessions/s1`);
    assertObjectMatch(session, {
      id: "s1",
      userId: "owner",
      createdAt: "2026-01-01T12:00:00.000Z",
    });
  });
  await t.step("gives the messages of its window", async () => {
    const { items } = await json(gateway, `${DEFAULT}/sessions/s1/messages?limit=5`);
    assertEquals(items.map(({ content }: { content: string }) => content), ["Hello"]);
  });
  await t.step("exports what was rolled into memory too", async () => {
    const { session, messages } = await json(gateway, `${DEFAULT}/sessions/s1/export`);
    assertEquals(session.id, "s1");
    assertEquals(messages.map(({ id }: { id: string }) => id), ["m0", "m1"]);
  });
  await t.step("keeps members out of the sessions of others", async () => {
    const headers = await memberHeaders(gateway, "ada");
    const { items } = await json(gateway, `${DEFAULT}/sessions`, { headers });
    assertEquals(items.map(({ id }: { id: string }) => id), ["s2"]);
    for (const path of ["", "/messages", "/export"]) {
      const response = await gateway.fetch(`${DEFAULT}/sessions/s1${path}`, { headers });
      assertEquals([response.status, (await response.json()).code], [403, "forbidden"]);
    }
  });
  await t.step("deletes", async () => {
    const response = await gateway.fetch(`${DEFAULT}/sessions/s1`, { method: "DELETE" });
    assertEquals(response.status, 204);
    const gone = await gateway.fetch(`${DEFAULT}/sessions/s1`);
    assertEquals([gone.status, (await gone.json()).code], [404, "not_found"]);
    const [entry] = await gateway.store.auditLog.query({ action: "session.delete" });
    assertObjectMatch(entry ?? {}, { actor: "owner", sessionId: "s1", workspaceId: "default" });
  });
});

Deno.test("the routes of memory and knowledge find what is kept", async (t) => {
  await using gateway = await openHarness();
  const { memory: { messages, knowledge } } = await gateway.openWorkspace("default");
  const said = (id: string, content: string, day: number, more: Partial<MessageInput> = {}) =>
    messages.append("default", {
      id,
      sessionId: "s1",
      role: "user",
      content,
      createdAt: new Date(Date.UTC(2026, 0, day)),
      ...more,
    });
  await said("m1", "The ferry to Oslo leaves at noon", 1);
  await said("m2", "My sister loves the ferry", 2);
  await said("m3", "The harbour page", 3, { role: "tool", toolName: "fetch_page__fetch" });
  // as a gateway has kept it that put what it found into memory once more
  await said("m4", "The harbour, found again", 4, { role: "tool", toolName: "memory_search" });
  for (const [id, name] of [["e1", "Ada"], ["e2", "Bob"], ["e3", "Cy"]] as const) {
    await knowledge.putEntity("default", { id, type: "person", name, properties: { short: id } });
  }
  await knowledge.putRelationship("default", { id: "r1", fromId: "e1", toId: "e2", type: "knows" });
  await knowledge.putRelationship("default", { id: "r2", fromId: "e2", toId: "e3", type: "knows" });
  await knowledge.putFact("default", {
    id: "f1",
    entityId: "e1",
    predicate: "job",
    value: "pilot",
  });
  const ids = async (path: string) => {
    const { items } = await json(gateway, `${DEFAULT}${path}`);
    return items.map(({ id }: { id: string }) => id);
  };
  const cases: readonly { path: string; ids: readonly string[] }[] = [
    { path: "/memory/search?q=Oslo%20ferries", ids: ["m1", "m2"] },
    { path: "/memory/search?q=ferry&order=newest&limit=1", ids: ["m2"] },
    { path: "/memory/search?q=harbour", ids: ["m3"] },
    { path: "/memory/search?q=ferry&to=2026-01-02T00:00:00Z", ids: ["m1"] },
    { path: "/memory/search?q=ferry&session=other", ids: [] },
    { path: "/memory/search?q=ferry&roles=assistant,tool", ids: [] },
    { path: "/entities?prefix=B", ids: ["e2"] },
    { path: "/entities?type=person&limit=2", ids: ["e1", "e2"] },
    { path: "/entities/e2/relationships?direction=incoming", ids: ["r1"] },
    { path: "/facts?entity=e1&predicate=job", ids: ["f1"] },
    { path: "/facts?entity=e2", ids: [] },
  ];
  for (const { path, ids: expected } of cases) {
    await t.step(path, async () => assertEquals(await ids(path), expected));
  }
  await t.step("an entity", async () => {
    assertObjectMatch(await json(gateway, `${DEFAULT}/entities/e1`), { name: "Ada" });
    assertObjectMatch(await json(gateway, `${DEFAULT}/entities/e9`), { code: "not_found" });
  });
  await t.step("a graph", async () => {
    const near = await json(gateway, `${DEFAULT}/entities/e1/graph`);
    assertEquals(near.entities.map(({ id }: { id: string }) => id), ["e1", "e2"]);
    const far = await json(gateway, `${DEFAULT}/entities/e1/graph?depth=2&types=knows`);
    assertEquals(far.entities.map(({ id }: { id: string }) => id), ["e1", "e2", "e3"]);
  });
  await t.step("malformed queries", async () => {
    for (
      const query of [
        "",
        "?q=",
        "?q=x&limit=0",
        "?q=x&roles=bard",
        "?q=x&limit=99999",
        "?q=x&from=yesterday",
      ]
    ) {
      const response = await gateway.fetch(`${DEFAULT}/memory/search${query}`);
      assertEquals([response.status, (await response.json()).code], [400, "invalid_request"]);
    }
  });
});

Deno.test("the routes of users add, change, and give tokens that work until taken back", async (t) => {
  await using gateway = await openHarness();
  const telegram = { channel: "telegram", platformId: "42" };
  await t.step("adds", async () => {
    const response = await gateway.post("/api/v1/users", {
      id: "ada",
      name: "Ada",
      identities: [telegram],
    });
    assertEquals(response.status, 201);
    assertObjectMatch(await response.json(), { id: "ada", role: "member", hasToken: false });
  });
  await t.step("refuses a second with that identity", async () => {
    const response = await gateway.post("/api/v1/users", { name: "Eve", identities: [telegram] });
    assertEquals([response.status, (await response.json()).code], [409, "conflict"]);
  });
  await t.step("refuses unknown fields and roles", async () => {
    for (
      const body of [{ name: "Eve", rol: "admin" }, { name: "Eve", role: "root" }, { name: "" }]
    ) {
      const response = await gateway.post("/api/v1/users", body);
      assertEquals([response.status, (await response.json()).code], [400, "invalid_request"]);
    }
  });
  await t.step("refuses to plant a token among the identities", async () => {
    const identities = [{ channel: "token", platformId: "0".repeat(64) }];
    const added = await gateway.post("/api/v1/users", { name: "Eve", identities });
    assertEquals([added.status, (await added.json()).code], [400, "invalid_request"]);
    const changed = await patch(gateway, "/api/v1/users/ada", { identities });
    assertEquals([changed.status, (await changed.json()).code], [400, "invalid_request"]);
  });
  await t.step("makes a token, keeps it through changes, never shows it again", async () => {
    const headers = await memberHeaders(gateway, "ada");
    const changed = await (await patch(gateway, "/api/v1/users/ada", { name: "Ada L." })).json();
    assertObjectMatch(changed, { name: "Ada L.", hasToken: true });
    assertEquals(changed.identities, [telegram]);
    assertEquals((await json(gateway, "/api/v1/workspaces/lab", { headers })).id, "lab");
    const taken = await gateway.fetch("/api/v1/users/ada/token", { method: "DELETE" });
    assertEquals(taken.status, 204);
    const refused = await gateway.fetch("/api/v1/status", { headers });
    await refused.body?.cancel();
    assertEquals(refused.status, 401);
  });
  await t.step("lists and deletes, but not the owner", async () => {
    const { items } = await json(gateway, "/api/v1/users");
    assertEquals(items.map(({ id }: { id: string }) => id), ["ada"]);
    const owner = await gateway.fetch("/api/v1/users/owner", { method: "DELETE" });
    assertEquals([owner.status, (await owner.json()).code], [403, "forbidden"]);
    assertEquals((await gateway.fetch("/api/v1/users/ada", { method: "DELETE" })).status, 204);
    assertObjectMatch(await json(gateway, "/api/v1/users/ada"), { code: "not_found" });
  });
  await t.step("writes every change into the audit log", async () => {
    const entries = await gateway.store.auditLog.query();
    assertEquals(entries.map(({ action }) => action).reverse(), [
      "user.add",
      "user.token.make",
      "user.change",
      "user.token.delete",
      "auth.refused",
      "user.delete",
    ]);
  });
});

Deno.test("the routes of pairings bind a user's chat to a workspace", async () => {
  await using gateway = await openHarness();
  await (await gateway.post("/api/v1/users", { id: "ada", name: "Ada" })).body?.cancel();
  const chat = { channelType: "telegram", channelId: "7" };
  const added = await gateway.post("/api/v1/users/ada/pairings", chat);
  const pairing = await added.json();
  assertEquals(added.status, 201);
  assertObjectMatch(pairing, { ...chat, userId: "ada", workspaceId: "default", status: "active" });
  const again = await gateway.post("/api/v1/users/ada/pairings", chat);
  assertEquals([again.status, (await again.json()).code], [409, "conflict"]);
  const path = `/api/v1/users/ada/pairings/${pairing.id}`;
  const changed = await (await patch(gateway, path, { status: "denied", workspaceId: "lab" }))
    .json();
  assertObjectMatch(changed, { status: "denied", workspaceId: "lab" });
  const nowhere = await patch(gateway, path, { workspaceId: "none" });
  assertEquals([nowhere.status, (await nowhere.json()).code], [404, "not_found"]);
  assertEquals((await json(gateway, "/api/v1/pairings")).items, [changed]);
  assertEquals((await json(gateway, "/api/v1/users/ada/pairings")).items, [changed]);
  assertEquals((await gateway.fetch(path, { method: "DELETE" })).status, 204);
  assertObjectMatch(await json(gateway, path, { method: "DELETE" }), { code: "not_found" });
});

Deno.test("the routes of the audit log query and verify", async () => {
  await using gateway = await openHarness();
  for (const name of ["Ada", "Bob"]) {
    await (await gateway.post("/api/v1/users", { id: name, name })).body?.cancel();
  }
  const { items } = await json(gateway, "/api/v1/audit?action=user.add&limit=1");
  assertEquals(items.length, 1);
  assertObjectMatch(items[0], { action: "user.add", actor: "owner", details: { subject: "Bob" } });
  assertMatch(items[0].timestamp, /^\d{4}-.*Z$/);
  assertEquals((await json(gateway, "/api/v1/audit?to=2020-01-01T00:00:00Z")).items, []);
  assertEquals(await json(gateway, "/api/v1/audit/verify"), { status: "intact", entries: 2 });
});

Deno.test("GET /api/v1/config gives the configuration without secrets", async () => {
  await using gateway = await openHarness();
  assertEquals(await json(gateway, "/api/v1/config"), { auth: "(hidden)" });
});

Deno.test("GET /metrics counts what happened", async () => {
  await using gateway = await openHarness();
  const body = { model: "scripted/echo", messages: [{ role: "user", content: "Hello" }] };
  await (await gateway.post("/v1/chat/completions", body)).body?.cancel();
  await (await gateway.fetch("/api/v1/none")).body?.cancel();
  await (await gateway.post("/api/v1/chat", { content: "Hello" })).text();
  gateway.agent.script = async function* () {
    yield { type: "error", code: "tool_loop", message: "Round and round" };
  };
  await (await gateway.post("/api/v1/chat", { content: "Hello" })).text();
  const text = await (await gateway.fetch("/metrics")).text();
  const lines = text.split("\n");
  assert(lines.includes('sigil_answers_total{result="ok"} 2'), text);
  assert(lines.includes('sigil_answers_total{result="tool_loop"} 1'), text);
  assert(lines.includes('sigil_tokens_total{direction="in"} 16'), text);
  assert(lines.includes("sigil_answers_open 0"), text);
  assert(
    lines.includes(
      'sigil_http_requests_total{route="/v1/chat/completions",method="post",status="200"} 1',
    ),
    text,
  );
  assertMatch(text, /# TYPE sigil_http_response_seconds histogram\n/);
});

Deno.test("an error inside the gateway is logged, and told without its text", async () => {
  const parts = {
    openWorkspace: async () => {
      throw new Error("secret path /root");
    },
  };
  await using gateway = await openHarness({ parts });
  const response = await gateway.fetch(`${DEFAULT}/sessions`);
  const text = await response.text();
  assertEquals(response.status, 500);
  assert(!text.includes("secret path"), text);
  assertEquals(gateway.logged.map(({ level, message }) => [level, message]), [
    ["error", "request failed"],
  ]);
});

// deno-lint-ignore no-explicit-any -- what is read is compared at once
async function json(gateway: Harness, path: string, init?: RequestInit): Promise<any> {
  return await (await gateway.fetch(path, init)).json();
}

function patch(gateway: Harness, path: string, body: unknown): Promise<Response> {
  return gateway.fetch(path, { method: "PATCH", body: JSON.stringify(body) });
}

async function memberHeaders(gateway: Harness, id: string): Promise<Record<string, string>> {
  await (await gateway.post("/api/v1/users", { id, name: id })).body?.cancel();
  const { token } = await (await gateway.post(`/api/v1/users/${id}/token`, {})).json();
  return { authorization: `Bearer ${token}` };
}
