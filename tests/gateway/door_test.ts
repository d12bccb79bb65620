// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { hashToken } from "../../gateway/token.ts";
import { FakeClock } from "./_fake_clock.ts";
import { type Harness, openHarness, TOKEN } from "./_harness.ts";
import { hangsAfter, says } from "./_scripted.ts";

const CHAT = { model: "scripted/echo", messages: [{ role: "user", content: "Hello" }] };

Deno.test("the door asks for the token, and tells nothing else", async (t) => {
  await using gateway = await openHarness();
  const cases = [
    { name: "no token", authorization: "" },
    { name: "a wrong token", authorization: "Bearer sigil_wrong_0123456789abcd" },
    { name: "the word undefined", authorization: "Bearer undefined" },
    { name: "the word null", authorization: "Bearer null" },
    { name: "another scheme", authorization: `Basic ${btoa(`owner:${TOKEN}`)}` },
    { name: "a longer token", authorization: `Bearer ${TOKEN}x` },
    { name: "a token in two pieces", authorization: `Bearer ${TOKEN} x` },
  ];
  const bodies = new Set<string>();
  for (const { name, authorization } of cases) {
    await t.step(name, async () => {
      const response = await gateway.fetch("/api/v1/status", { headers: { authorization } });
      const text = await response.text();
      assertEquals(response.status, 401);
      assertEquals(response.headers.get("www-authenticate"), "Bearer");
      assertEquals(response.headers.get("content-type"), "application/problem+json");
      assert(!text.includes("wrong_0123"), "The token shown must not come back");
      bodies.add(text);
    });
  }
  assertEquals(bodies.size, 1);
  await t.step("a token in the query string", async () => {
    const headers = { authorization: "" };
    const response = await gateway.fetch(`/api/v1/status?token=${TOKEN}`, { headers });
    await response.body?.cancel();
    assertEquals(response.status, 401);
  });
  await t.step("under /v1 in OpenAI's words", async () => {
    const response = await gateway.fetch("/v1/models", { headers: { authorization: "" } });
    const { error } = await response.json();
    assertEquals([response.status, error.type, error.code], [
      401,
      "authentication_error",
      "invalid_api_key",
    ]);
  });
  await t.step("but /health asks for none", async () => {
    const response = await gateway.fetch("/health", { headers: { authorization: "" } });
    assertEquals((await response.json()).status, "ok");
  });
});

Deno.test("the door writes refusals into the audit log, but not without end", async () => {
  const clock = new FakeClock();
  await using gateway = await openHarness({ clock });
  const statuses: number[] = [];
  for (let index = 0; index < 30; index++) {
    const response = await gateway.fetch("/api/v1/status", { headers: { authorization: "" } });
    await response.body?.cancel();
    statuses.push(response.status);
    if (response.status === 429) assertEquals(response.headers.get("retry-after"), "1");
  }
  assertEquals(statuses.filter((status) => status === 401).length, 20);
  assertEquals(statuses.filter((status) => status === 429).length, 10);
  const right = await gateway.fetch("/api/v1/status");
  await right.body?.cancel();
  assertEquals(right.status, 200, "A right token is let in from the same address");
  const entries = await gateway.store.auditLog.query({ action: "auth.refused" });
  assertEquals(entries.length, 5);
  assertEquals(entries[0]?.details, { remote: "127.0.0.1", path: "/api/v1/status" });
});

Deno.test("the door refuses foreign hosts and origins", async (t) => {
  const parts = { allowedHosts: ["sigil.example"], allowedOrigins: ["https://chat.example"] };
  await using gateway = await openHarness({ parts });
  const { host } = new URL(gateway.url);
  const cases = [
    { name: "a rebound name", headers: { host: "evil.example" }, status: 403 },
    { name: "an empty host", headers: { host: "" }, status: 403 },
    {
      name: "a name that only begins right",
      headers: { host: "localhost.evil.example" },
      status: 403,
    },
    { name: "localhost", headers: { host: "localhost:1" }, status: 200 },
    { name: "an allowed host", headers: { host: "sigil.example:443" }, status: 200 },
    { name: "IPv6", headers: { host: "[::1]:80" }, status: 200 },
    { name: "a foreign page", headers: { origin: "https://evil.example" }, status: 403 },
    { name: "a page without origin", headers: { origin: "null" }, status: 403 },
    { name: "an allowed page", headers: { origin: "https://chat.example" }, status: 200 },
    { name: "our own page", headers: { origin: `http://${host}` }, status: 200 },
  ];
  for (const { name, headers, status } of cases) {
    await t.step(name, async () => {
      const answer = await rawGet(gateway, "/api/v1/status", headers);
      assertStringIncludes(answer.split("\r\n")[0] ?? "", ` ${status} `);
    });
  }
  await t.step("an allowed page gets leave to read, a foreign one none", async () => {
    const allowed = await rawGet(gateway, "/health", { origin: "https://chat.example" });
    assertMatch(allowed, /access-control-allow-origin: https:\/\/chat\.example/i);
    const foreign = await rawGet(gateway, "/health", { origin: "https://evil.example" });
    assert(!/access-control/i.test(foreign));
  });
});

Deno.test("the door of a public gateway serves its own names alone", async (t) => {
  const parts = { mode: "public", allowedHosts: ["sigil.example"] } as const;
  await using gateway = await openHarness({ parts });
  const cases = [
    { host: "sigil.example", status: 200 },
    { host: "127.0.0.1", status: 200 },
    { host: "localhost", status: 403 },
    { host: "10.1.2.3", status: 403 },
  ];
  for (const { host, status } of cases) {
    await t.step(host, async () => {
      const answer = await rawGet(gateway, "/health", { host });
      assertStringIncludes(answer.split("\r\n")[0] ?? "", ` ${status} `);
    });
  }
});

Deno.test("every answer carries the headers of security", async () => {
  await using gateway = await openHarness();
  for (const path of ["/health", "/none", "/v1/models"]) {
    const response = await gateway.fetch(path);
    await response.body?.cancel();
    assertEquals(response.headers.get("x-content-type-options"), "nosniff", path);
    assertEquals(response.headers.get("cache-control"), "no-store", path);
    assertMatch(response.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
    assertEquals(response.headers.get("access-control-allow-origin"), null, path);
  }
});

Deno.test("a request that is malformed gets a clear status", async (t) => {
  await using gateway = await openHarness();
  const cases = [
    { name: "JSON that is not JSON", body: '{"model": oops}', status: 400, code: "invalid_json" },
    { name: "no body", body: "", status: 400, code: "invalid_json" },
    { name: "a list", body: "[]", status: 400, code: "invalid_request" },
    {
      name: "11 MB",
      body: `"${"x".repeat(11 * 1024 * 1024)}"`,
      status: 413,
      code: "body_too_large",
    },
  ];
  for (const path of ["/v1/chat/completions", "/v1/embeddings", "/api/v1/chat"]) {
    for (const { name, body, status, code } of cases) {
      await t.step(`${name} to ${path}`, async () => {
        if (name === "no body" && path === "/api/v1/chat") return;
        const response = await gateway.fetch(path, { method: "POST", body });
        const answer = await response.json();
        assertEquals([response.status, answer.code ?? answer.error.code], [status, code]);
      });
    }
  }
  await t.step("11 MB whose length nobody announced", async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(0x20);
    let left = 11;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(chunk);
        else controller.close();
      },
    });
    const response = await gateway.fetch("/v1/embeddings", { method: "POST", body });
    assertEquals(response.status, 413);
    await response.body?.cancel();
  });
  await t.step("an unknown path", async () => {
    const response = await gateway.fetch("/api/v1/none");
    assertEquals([response.status, (await response.json()).code], [404, "not_found"]);
  });
  await t.step("an unknown method", async () => {
    const response = await gateway.fetch("/api/v1/status", { method: "DELETE" });
    assertEquals([response.status, (await response.json()).code], [405, "method_not_allowed"]);
  });
  await t.step("and the gateway goes on serving", async () => {
    assertEquals(await chatStatus(gateway), 200);
  });
});

Deno.test("requests are limited for each identity", async () => {
  const clock = new FakeClock();
  const limits = { requests: { perSecond: 1, burst: 2 } };
  await using gateway = await openHarness({ clock, limits });
  const token = await addUser(gateway, "ada", "member");
  const ask = async (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await gateway.fetch("/api/v1/workspaces", { headers });
    await response.body?.cancel();
    return [response.status, response.headers.get("retry-after")];
  };
  assertEquals(await ask(), [200, null]);
  assertEquals(await ask(), [200, null]);
  assertEquals(await ask(), [429, "1"]);
  assertEquals(await ask(`Bearer ${token}`), [200, null], "Another identity is not held back");
  clock.advance(1_000);
  assertEquals(await ask(), [200, null]);
});

Deno.test("answers under way are limited for each identity", async () => {
  const scripts = { echo: says("Hello"), hang: hangsAfter(["Hel"]) };
  await using gateway = await openHarness({ scripts, limits: { maxStreams: 1 } });
  const body = { ...CHAT, model: "scripted/hang", stream: true };
  const first = await gateway.post("/v1/chat/completions", body);
  const second = await gateway.post("/v1/chat/completions", CHAT);
  assertEquals([second.status, second.headers.get("retry-after")], [429, "1"]);
  assertEquals((await second.json()).error.code, "too_many_streams");
  await first.body?.cancel();
  while (await chatStatus(gateway) === 429);
  assertEquals(await chatStatus(gateway), 200);
});

Deno.test("a member has their own token, and may do no more than a member", async (t) => {
  await using gateway = await openHarness();
  const headers = { authorization: `Bearer ${await addUser(gateway, "bob", "member")}` };
  const cases = [
    { path: "/api/v1/status", status: 200 },
    { path: "/v1/models", status: 200 },
    { path: "/api/v1/users", status: 403 },
    { path: "/api/v1/audit", status: 403 },
    { path: "/api/v1/config", status: 403 },
    { path: "/metrics", status: 403 },
    { path: "/api/v1/workspaces/default/sessions", status: 200 },
    { path: "/api/v1/workspaces/lab/sessions", status: 403 },
  ];
  for (const { path, status } of cases) {
    await t.step(path, async () => {
      const response = await gateway.fetch(path, { headers });
      await response.body?.cancel();
      assertEquals(response.status, status);
    });
  }
  await t.step("workspaces of others are not shown", async () => {
    const { items } = await (await gateway.fetch("/api/v1/workspaces", { headers })).json();
    assertEquals(items.map(({ id }: { id: string }) => id), ["default"]);
  });
});

async function chatStatus(gateway: Harness): Promise<number> {
  const response = await gateway.post("/v1/chat/completions", CHAT);
  await response.body?.cancel();
  return response.status;
}

/** Adds a user with a token of their own. */
async function addUser(gateway: Harness, id: string, role: string): Promise<string> {
  const token = `sigil_of_${id}_0123456789`;
  const identities = [{ channel: "token", platformId: hashToken(token) }];
  await gateway.store.users.create({ id, name: id, role, identities });
  return token;
}

/** Sends a request by hand: fetch lets nobody choose the Host header. */
async function rawGet(
  gateway: Harness,
  path: string,
  headers: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { hostname, port, host } = new URL(gateway.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const lines = Object.entries({ host, authorization: `Bearer ${TOKEN}`, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  const request = `GET ${path} HTTP/1.1\r\n${lines.join("")}connection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}
