// SPDX-License-Identifier: Apache-2.0

import { makeTempDir } from "../tests/gateway/_temp_dir.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigError, type ConfigInput, makeConfig } from "@sigil/config";
import { join } from "node:path";
import { openSlowVendor } from "../tests/gateway/_slow_vendor.ts";
import { GatewayError } from "./errors.ts";
import { openGateway } from "./open_gateway.ts";

async function configIn(directory: string, input: ConfigInput = {}) {
  const networking = { listen: "127.0.0.1:0", ...input.networking };
  return makeConfig({ ...input, networking, storage: { directory, ...input.storage } });
}

const NO_OLLAMA = { ollamaUrl: false } as const;

Deno.test("openGateway() keeps everything in memory when it is told to", async () => {
  const directory = await makeTempDir();
  const config = await configIn(directory, { storage: { backend: "inmem" } });
  await using gateway = await openGateway(config, { ...NO_OLLAMA, listen: false });
  const body = JSON.stringify({ content: "Hello" });
  const response = await gateway.fetch("/api/v1/chat", { method: "POST", body });
  assertMatch(await response.text(), /"type":"done"/);
  const kept = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  assertEquals(kept.filter((name) => name.endsWith(".db")), []);
  assertEquals(gateway.url, undefined);
});

Deno.test("openGateway() takes the token of the configuration, and makes no file", async () => {
  const directory = await makeTempDir();
  const config = await configIn(directory, { auth: { token: "a-token-of-my-own" } });
  await using gateway = await openGateway(config, NO_OLLAMA);
  const headers = { authorization: "Bearer a-token-of-my-own" };
  const response = await fetch(`${gateway.url}/api/v1/config`, { headers });
  assertEquals((await response.json()).auth.token, "[redacted]");
  assertEquals(gateway.tokenPath, undefined);
  await assertRejects(() => Deno.stat(join(directory, "token")), Deno.errors.NotFound);
});

Deno.test("openGateway() refuses a configuration that is not valid, before it makes anything", async () => {
  const directory = join(await makeTempDir(), "data");
  const config = await configIn(directory, { models: { default: "none/x" } });
  await assertRejects(() => openGateway(config, NO_OLLAMA), ConfigError);
  await assertRejects(() => Deno.stat(directory), Deno.errors.NotFound);
});

Deno.test("openGateway() closes what it opened when a later part fails", async () => {
  const directory = await makeTempDir();
  await using first = await openGateway(await configIn(await makeTempDir()), NO_OLLAMA);
  const listen = new URL(first.url ?? "").host;
  const config = await configIn(directory, { networking: { listen } });
  const error = await assertRejects(() => openGateway(config, NO_OLLAMA), GatewayError);
  assertEquals(error.code, "address_in_use");
  await using _ = await openGateway(await configIn(directory), NO_OLLAMA);
});

Deno.test("Gateway.reload() takes workspaces, users and providers over, and breaks nothing", async () => {
  await using vendor = openSlowVendor("Still");
  const directory = await makeTempDir();
  const providers = { crawl: { type: "openai-compatible", base_url: vendor.baseUrl } } as const;
  const config = await configIn(directory, { providers });
  await using gateway = await openGateway(config, {
    ...NO_OLLAMA,
    limits: { drainMs: 0 },
  });
  const messages = [{ role: "user", content: "Hello" }];
  const ask = (model: string, stream: boolean) => {
    const body = JSON.stringify({ model, messages, stream });
    return gateway.fetch("/v1/chat/completions", { method: "POST", body });
  };
  const open = (await ask("crawl/slow", true)).body?.pipeThrough(new TextDecoderStream());
  const reader = open?.getReader();
  let seen = "";
  while (!seen.includes("Still")) seen += (await reader?.read())?.value;
  await gateway.reload(await configIn(directory, { workspaces: { lab: {} }, users: { ada: {} } }));
  const gone = await ask("crawl/slow", false);
  assertEquals([gone.status, (await gone.json()).error.code], [404, "model_not_found"]);
  const lab = await ask("sigil/lab", false);
  assertEquals(lab.status, 200);
  await lab.body?.cancel();
  const users = await (await gateway.fetch("/api/v1/users")).json();
  assert(users.items.some(({ id }: { id: string }) => id === "ada"));
  const { items } = await (await gateway.fetch("/api/v1/audit?action=config.reload")).json();
  assertEquals(items.length, 1);
  const waiting = reader?.read().then(() => "broken", () => "broken");
  const other = (await gateway.fetch("/health")).json().then(() => "served");
  assertEquals(await Promise.race([waiting, other]), "served", "The open stream goes on");
  await reader?.cancel();
});

Deno.test("Gateway.reload() takes budgets and the agent's settings over", async () => {
  const directory = await makeTempDir();
  await using gateway = await openGateway(await configIn(directory), NO_OLLAMA);
  const say = async (content: string) => {
    const body = JSON.stringify({ content, session: "s" });
    return await (await gateway.fetch("/api/v1/chat", { method: "POST", body })).text();
  };
  const countCompactions = async () => {
    const response = await gateway.fetch("/api/v1/audit?action=session.compact");
    return (await response.json()).items.length;
  };
  await say("Hello");
  await say("Hello");
  await gateway.reload(await configIn(directory, { sessions: { memory: { active_window: 2 } } }));
  assertEquals(await countCompactions(), 0);
  await say("Hello");
  await say("Hello"); // waits until the turn before it has rolled over
  assert(await countCompactions() > 0);
  await gateway.reload(
    await configIn(directory, { models: { budgets: { tokens_per_session: 1 } } }),
  );
  assertMatch(await say("Hello?"), /"code":"budget"/);
});

Deno.test("a session that was deleted leaves nothing in the account of what was spent", async () => {
  const directory = await makeTempDir();
  {
    await using gateway = await openGateway(await configIn(directory), NO_OLLAMA);
    for (const session of ["kept", "gone"]) {
      const body = JSON.stringify({ content: "Hello", session });
      await (await gateway.fetch("/api/v1/chat", { method: "POST", body })).text();
    }
    const path = "/api/v1/workspaces/default/sessions/gone";
    assertEquals((await gateway.fetch(path, { method: "DELETE" })).status, 204);
  }
  const { sessions } = JSON.parse(await Deno.readTextFile(join(directory, "budget.json")));
  assertEquals(Object.keys(sessions), ["default/kept"]);
});

Deno.test("openGateway() sends the headers of a provider, and shows them to nobody", async () => {
  const seen: (string | null)[] = [];
  await using vendor = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ headers }) => {
      seen.push(headers.get("x-team"));
      const error = { message: `Who is ${headers.get("x-team")}?` };
      return Response.json({ error }, { status: 400 });
    },
  );
  const crawl = {
    type: "openai-compatible",
    base_url: `http://127.0.0.1:${vendor.addr.port}/v1`,
    headers: { "x-team": "s3cr3t-team-name" },
  } as const;
  const config = await configIn(await makeTempDir(), { providers: { crawl } });
  await using gateway = await openGateway(config, NO_OLLAMA);
  const messages = [{ role: "user", content: "Hello" }];
  const body = JSON.stringify({ model: "crawl/any", messages });
  const response = await gateway.fetch("/v1/chat/completions", { method: "POST", body });
  const text = await response.text();
  assertEquals([response.status, seen], [400, ["s3cr3t-team-name"]]);
  assert(!text.includes("s3cr3t-team-name"), text);
});

Deno.test("Gateway.reload() refuses what is not valid, and goes on as before", async () => {
  const directory = await makeTempDir();
  await using gateway = await openGateway(await configIn(directory), NO_OLLAMA);
  const wrong = await configIn(directory, { models: { default: "none/x" } });
  await assertRejects(() => gateway.reload(wrong), ConfigError);
  const response = await gateway.fetch("/v1/models");
  assertEquals(response.status, 200);
  await response.body?.cancel();
});

Deno.test("openGateway() keeps a user out of the sessions and workspaces of others", async (t) => {
  const users = { ada: {}, bob: {} };
  const workspaces = { lab: { members: ["ada"] } };
  const directory = await makeTempDir();
  await using gateway = await openGateway(
    await configIn(directory, { users, workspaces }),
    NO_OLLAMA,
  );
  const tokens = await Promise.all(["ada", "bob"].map(async (id) => {
    const made = await gateway.fetch(`/api/v1/users/${id}/token`, { method: "POST", body: "{}" });
    return (await made.json()).token as string;
  }));
  const [ada, bob] = tokens;
  const talk = async (token: string | undefined, model: string, session: string) => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "x-sigil-session": session },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] }),
    });
    return [response.status, (await response.json()).error?.code];
  };
  const cases = [
    { name: "Ada's session, for Ada", who: ada, model: "sigil", session: "a", status: 200 },
    { name: "Ada's session, for Bob", who: bob, model: "sigil", session: "a", status: 403 },
    { name: "Bob's own session", who: bob, model: "sigil", session: "b", status: 200 },
    { name: "the lab, for Ada", who: ada, model: "sigil/lab", session: "c", status: 200 },
    { name: "the lab, for Bob", who: bob, model: "sigil/lab", session: "d", status: 403 },
  ];
  for (const { name, who, model, session, status } of cases) {
    await t.step(name, async () => {
      const code = status === 403 ? "forbidden" : undefined;
      assertEquals(await talk(who, model, session), [status, code]);
    });
  }
});

Deno.test("a conversation that began elsewhere goes on here, and after a restart", async () => {
  const directory = await makeTempDir();
  const said = [
    { role: "user", content: "The spare key is under the blue pot" },
    { role: "assistant", content: "Understood" },
    { role: "user", content: "where is the spare key?" },
  ];
  const ask = async () => {
    await using gateway = await openGateway(await configIn(directory), NO_OLLAMA);
    const body = JSON.stringify({ model: "sigil", messages: said });
    const response = await gateway.fetch("/v1/chat/completions", { method: "POST", body });
    const { choices: [{ message: { content } }] } = await response.json();
    said.push({ role: "assistant", content }, { role: "user", content: "thank you" });
    const session = response.headers.get("x-sigil-session");
    const path = `/api/v1/workspaces/default/sessions/${session}/messages`;
    const { items } = await (await gateway.fetch(path)).json();
    const origins = items.map(({ metadata }: { metadata: { origin?: string } }) => metadata.origin);
    return { content, session, origins };
  };
  const first = await ask();
  assertMatch(first.content, /under the blue pot/);
  assertEquals(first.origins.slice(0, 3), ["client", "client", undefined]);
  const second = await ask();
  assertEquals(second.session, first.session);
  assertEquals(second.origins.filter((origin: unknown) => origin === "client").length, 2);
});

Deno.test("openGateway() embeds without any model", async () => {
  await using gateway = await openGateway(await configIn(await makeTempDir()), NO_OLLAMA);
  const body = JSON.stringify({ model: "local/hash-256", input: "Hello" });
  const response = await gateway.fetch("/v1/embeddings", { method: "POST", body });
  assertEquals((await response.json()).data[0].embedding.length, 256);
});
