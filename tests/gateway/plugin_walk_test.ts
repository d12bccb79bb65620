// SPDX-License-Identifier: Apache-2.0

/**
 * What the README says of plugins, with real processes: a tool, a provider and a channel in a gateway
 * that is started by its task.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Clone, makeClone, runSigil, type StartedGateway, startGateway } from "./_clone.ts";
import { childrenOf, isRunning, nextTick } from "./_processes.ts";

/** Runs a command that must succeed, and gives what it wrote. */
async function sigil(clone: Clone, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runSigil(clone, args);
  assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Changes a file of a plugin, and waits until the gateway runs what it now is. */
async function edit(
  clone: Clone,
  gateway: StartedGateway,
  change: (source: string) => string,
): Promise<void> {
  const path = new URL("data/plugins/hello/plugin.ts", clone.root);
  const before = await pluginOf(clone, gateway, "hello");
  await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
  for (;;) {
    const { hash, state } = await pluginOf(clone, gateway, "hello");
    if (hash !== before.hash && state === "running") return;
    await nextTick();
  }
}

async function request(
  clone: Clone,
  { url }: StartedGateway,
  path: string,
  body?: unknown,
): Promise<Response> {
  const token = (await Deno.readTextFile(new URL("data/token", clone.root))).trim();
  return await fetch(url + path, {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  });
}

// deno-lint-ignore no-explicit-any -- tests look into bodies whose shape they assert
async function pluginOf(clone: Clone, gateway: StartedGateway, name: string): Promise<any> {
  return await (await request(clone, gateway, `/api/v1/plugins/${name}`)).json();
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("a new plugin is enabled, used, edited and refused what it did not ask for", async (t) => {
  await using clone = await makeClone();
  const gateway = await startGateway(clone);
  await t.step("a gateway without plugins starts no process", async () => {
    assertEquals(await childrenOf(gateway.pid), []);
  });
  await t.step("sigil plugin new writes it, and it does not run", async () => {
    assertMatch(await sigil(clone, "plugin", "new", "hello", "--type", "tool"), /plugin\.yaml/);
    assertMatch(await sigil(clone, "plugin", "list"), /^hello +0\.1\.0 +tool +no +discovered$/m);
  });
  await t.step("nobody at the terminal is asked, and it stays disabled", async () => {
    const { code, stderr } = await runSigil(clone, ["plugin", "enable", "hello"]);
    assertEquals(code, 1);
    assertMatch(stderr, /Uses tool\.hello\.\*.*nobody is at the terminal/s);
    assertEquals((await pluginOf(clone, gateway, "hello")).enabled, false);
  });
  await t.step("sigil plugin enable runs it at once", async () => {
    const said = await sigil(clone, "plugin", "enable", "hello", "--yes");
    assertMatch(said, /^hello is enabled and runs\nIts tools: hello__greet$/m);
    const yaml = await Deno.readTextFile(new URL("sigil.yaml", clone.root));
    assertEquals(yaml, "plugins:\n  hello:\n    enabled: true\n");
  });
  await t.step("the agent uses it", async () => {
    const said = await sigil(clone, "chat", '/tool hello__greet {"name": "Ada"}');
    assertStringIncludes(said, "Hello, Ada!");
  });
  await t.step("it is edited, and loaded anew", async () => {
    await edit(clone, gateway, (source) => source.replace("Hello,", "Good day,"));
    const said = await sigil(clone, "chat", '/tool hello__greet {"name": "Ada"}');
    assertStringIncludes(said, "Good day, Ada!");
    assertMatch(await sigil(clone, "plugin", "logs", "hello"), /Its files have changed/);
  });
  await t.step("it may not read the gateway's token", async () => {
    const token = new URL("data/token", clone.root).pathname;
    await edit(
      clone,
      gateway,
      (source) => source.replace(/execute: .*$/m, `execute: () => Deno.readTextFile("${token}"),`),
    );
    const said = await sigil(clone, "chat", '/tool hello__greet {"name": "Ada"}');
    assertMatch(said, /Requires read access/);
    const listed = await sigil(clone, "audit", "list", "--plugin", "hello");
    assertMatch(listed, /tool\.execute +owner +error +.*Requires read access to .*data\/token/);
  });
  await t.step("it may not ask the gateway for what its manifest does not name", async () => {
    const call = 'execute: (_input, { host }) => host.send({ channel: "telegram", ' +
      'channelId: "1", content: "hi" }),';
    await edit(clone, gateway, (source) => source.replace(/execute: .*$/m, call));
    const said = await sigil(clone, "chat", '/tool hello__greet {"name": "Ada"}');
    assertMatch(said, /messages\.send\.telegram/);
    const listed = await sigil(clone, "audit", "list", "--plugin", "hello");
    assertMatch(listed, /capability\.check +hello +denied +\{"capability":"messages\.send\.teleg/);
  });
  await t.step("the workspace may deny it", async () => {
    const file = new URL("sigil.yaml", clone.root);
    const yaml = await Deno.readTextFile(file);
    const rest = "workspaces:\n  default:\n    tools:\n      deny: [hello]\n";
    await Deno.writeTextFile(file, yaml + rest);
    await gateway.waitFor(/taken over[\s\S]*taken over/);
    const said = await sigil(clone, "chat", '/tool hello__greet {"name": "Ada"}');
    assertMatch(said, /not allowed: the workspace denies tool\.hello\.\*/);
  });
  await t.step("sigil doctor tells which layers hold plugins", async () => {
    assertMatch(await sigil(clone, "doctor"), /^(ok|warning) +isolation bwrap: /m);
  });
  await t.step("sigil plugin disable ends its process", async () => {
    const children = await childrenOf(gateway.pid);
    assert(children.length > 0);
    assertMatch(await sigil(clone, "plugin", "disable", "hello"), /^hello is disabled$/m);
    for (const pid of children) assertEquals(await isRunning(pid), false);
  });
  await t.step("sigil plugin remove takes its files away", async () => {
    await sigil(clone, "plugin", "remove", "hello", "--yes");
    assertEquals(await sigil(clone, "plugin", "list"), "");
  });
  await t.step("a folder is installed, and enabled once it is said so", async () => {
    await sigil(clone, "plugin", "new", "hi", "--folder", "data/hi");
    const said = await sigil(clone, "plugin", "install", "data/hi", "--yes");
    assertMatch(said, /^Installed hi 0\.1\.0: 4 files, hash \S+\nhi is enabled and runs$/m);
    const again = await runSigil(clone, ["plugin", "install", "data/hi", "--yes"]);
    assertMatch(again.stderr, /there is one of that name already/);
    await sigil(clone, "plugin", "install", "data/hi", "--replace", "--yes");
    const said2 = await sigil(clone, "chat", '/tool hi__greet {"name": "Ada"}');
    assertStringIncludes(said2, "Hello, Ada!");
  });
  await t.step("a gateway that is killed leaves no plugin behind", async () => {
    const children = await childrenOf(gateway.pid);
    assert(children.length > 0);
    Deno.kill(gateway.pid, "SIGKILL");
    await gateway.ended;
    for (const pid of children) {
      while (await isRunning(pid)) await nextTick();
    }
  });
  await t.step("without a gateway the command line runs it by itself", async () => {
    const said = await sigil(clone, "chat", '/tool hi__greet {"name": "Ada"}');
    assertStringIncludes(said, "Hello, Ada!");
  });
});

Deno.test("a plugin reads the folder that its settings name, outside of the gateway's own", async () => {
  await using clone = await makeClone();
  const folder = await Deno.makeTempDir({ prefix: "sigil_notes_" });
  try {
    await Deno.writeTextFile(`${folder}/pot.md`, "The blue pot is on the porch\n");
    const settings = `plugins: { search-folder: { config: { folder: ${folder} } } }\n`;
    await Deno.writeTextFile(new URL("sigil.yaml", clone.root), settings);
    await sigil(clone, "plugin", "install", "examples/plugins/search_folder", "--yes");
    const gateway = await startGateway(clone);
    while ((await pluginOf(clone, gateway, "search-folder")).state === "loading") await nextTick();
    const said = await sigil(clone, "chat", '/tool search-folder__search {"query": "blue pot"}');
    assertStringIncludes(said, "The blue pot is on the porch");
    Deno.kill(gateway.pid, "SIGTERM");
    await gateway.ended;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("plugins bring a provider and a channel", async (t) => {
  await using clone = await makeClone();
  const listen = `127.0.0.1:${freePort()}`;
  await sigil(clone, "plugin", "new", "parrot", "--type", "provider");
  await sigil(clone, "plugin", "new", "webhook", "--type", "channel");
  const yaml = [
    "plugins:",
    "  parrot: {}",
    `  webhook: { config: { listen: "${listen}" } }`,
    "channels:",
    "  webhook: { pairing: open }",
  ].join("\n");
  await Deno.writeTextFile(new URL("sigil.yaml", clone.root), yaml);
  const gateway = await startGateway(clone);
  await t.step("the provider answers over the API of OpenAI", async () => {
    const body = {
      model: "parrot/parrot",
      messages: [{ role: "user", content: "Polly wants a biscuit" }],
    };
    while ((await pluginOf(clone, gateway, "parrot")).state !== "running") await nextTick();
    const response = await request(clone, gateway, "/v1/chat/completions", body);
    assertEquals(response.status, 200);
    assertEquals((await response.json()).choices[0].message.content, "Polly wants a biscuit");
  });
  await t.step("its models are listed", async () => {
    const { data } = await (await request(clone, gateway, "/v1/models")).json();
    assert(data.some(({ id }: { id: string }) => id === "parrot/parrot"));
  });
  await t.step("a message on the channel is answered", async () => {
    while ((await pluginOf(clone, gateway, "webhook")).state !== "running") await nextTick();
    assertEquals(await post(listen, "My canoe is called Walnut"), 202);
    assertMatch(await nextAnswer(listen), /\S/);
  });
  await t.step("and found again", async () => {
    assertMatch(await sigil(clone, "memory", "search", "canoe"), /My canoe is called Walnut/);
  });
  await t.step("a signal stops it, and its plugins", async () => {
    const children = await childrenOf(gateway.pid);
    assert(children.length > 1);
    Deno.kill(gateway.pid, "SIGTERM");
    await gateway.ended;
    for (const pid of children) assertEquals(await isRunning(pid), false);
  });
});

/** Posts as soon as the channel listens. */
async function post(listen: string, body: string): Promise<number> {
  for (;;) {
    try {
      const response = await fetch(`http://${listen}`, { method: "POST", body });
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await nextTick();
    }
  }
}

async function nextAnswer(listen: string): Promise<string> {
  for (;;) {
    const [answer] = await (await fetch(`http://${listen}`)).json();
    if (answer !== undefined) return answer;
    await nextTick();
  }
}
