// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PluginError } from "../errors.ts";
import { namesIn } from "../install/testdata/plugin_folder.ts";
import { openPluginManager } from "./open_plugin_manager.ts";
import {
  ASK,
  CRASH,
  ECHO,
  manifestOf,
  MAY_SEND,
  toolPlugin,
  versionTool,
} from "./testdata/plugins.ts";
import { TestManager } from "./testdata/test_manager.ts";

const HOT = "lifecycle: { hot_reload: true }";

Deno.test("openPluginManager() starts enabled plugins and runs their tools", async () => {
  await using test = await TestManager.open({
    plugins: {
      first: toolPlugin("first", ECHO),
      second: toolPlugin("second", `${ECHO}, ${versionTool("v2")}`),
      other: toolPlugin("other", ECHO),
    },
    config: { first: { enabled: true }, second: { enabled: true }, other: { enabled: false } },
  });
  await test.manager.ready;
  assertEquals(test.manager.list().map(({ name, state, enabled }) => [name, state, enabled]), [
    ["first", "running", true],
    ["other", "discovered", false],
    ["second", "running", true],
  ]);
  const names = test.manager.tools().map(({ definition, capability, plugin }) => {
    return [definition.name, capability, plugin];
  });
  assertEquals(names.sort(), [
    ["first__echo", "tool.first.echo", "first"],
    ["second__echo", "tool.second.echo", "second"],
    ["second__version", "tool.second.version", "second"],
  ]);
  assertEquals(await test.run("first__echo", { a: [1, "ü"] }), '{"a":[1,"ü"]}');
  assertEquals(await test.run("second__version"), "v2");
  assertEquals(test.moves("first"), ["validating", "loading", "running"]);
  assertEquals(test.recorded("first"), ["plugin.start ok"]);
  await test.manager.close();
  assertEquals(test.manager.list().map(({ state }) => state), ["stopped", "stopped", "stopped"]);
  assertEquals(test.moves("first").slice(3), ["draining", "stopping", "stopped"]);
  assertEquals(test.recorded("first"), ["plugin.start ok", "plugin.stop ok"]);
  assertEquals(test.manager.tools(), []);
});

Deno.test("openPluginManager() lets a plugin that fails fail alone", async (t) => {
  const good = toolPlugin("good", ECHO);
  const cases: [string, Record<string, string>, PluginError["code"], string][] = [
    ["a broken manifest", { ...good, "plugin.yaml": "name: Bad" }, "invalid_manifest", "4 issues"],
    ["no main module", { "plugin.yaml": manifestOf("bad") }, "unsafe", "there is no such file"],
    [
      "an import from outside",
      { ...toolPlugin("bad", ECHO), "plugin.ts": 'import "/etc/x.ts";' },
      "unsafe",
      "outside its folder",
    ],
    [
      "code that throws",
      { ...toolPlugin("bad", ECHO), "plugin.ts": 'throw new Error("no");' },
      "failed",
      "no",
    ],
    [
      "code that is no plugin",
      { ...toolPlugin("bad", ECHO), "plugin.ts": "export default 7;" },
      "failed",
      "bad",
    ],
    [
      "code that ends the process",
      { ...toolPlugin("bad", ECHO), "plugin.ts": "Deno.exit(3);" },
      "crashed",
      "code 3",
    ],
    [
      "another engine",
      { ...toolPlugin("bad", ECHO), "plugin.yaml": manifestOf("bad").replace(">=0.1.0", ">=99") },
      "unsupported",
      "it runs on Sigil >=99, and this is 0.1.0",
    ],
    [
      "an absent dependency",
      toolPlugin("bad", ECHO, "dependencies: { gone: '*' }"),
      "dependency",
      "which is not there",
    ],
    [
      "an old dependency",
      toolPlugin("bad", ECHO, "dependencies: { good: ^2.0.0 }"),
      "dependency",
      "in a version ^2.0.0, and this is 1.0.0",
    ],
    [
      "wrong settings",
      toolPlugin("bad", ECHO, "config_schema: { required: [token] }"),
      "invalid_config",
      "token",
    ],
    [
      "another tier",
      toolPlugin("bad", ECHO, "execution: { tier: container, image: a }"),
      "unsupported",
      "the container tier",
    ],
    [
      "what nobody may reach",
      toolPlugin(
        "bad",
        ECHO,
        "execution: { tier: process, sandbox: { filesystem: { read_allow: [/tmp] } } }",
      ),
      "invalid_permission",
      "no plugin may reach",
    ],
  ];
  for (const [name, files, code, reason] of cases) {
    await t.step(name, async () => {
      await using test = await TestManager.open({ plugins: { good, bad: files } });
      await test.manager.ready;
      const { state, lastError, tools } = test.manager.get("bad");
      assertEquals([state, lastError?.code, tools], ["error", code, []]);
      assertStringIncludes(lastError?.message ?? "", reason);
      assertEquals(test.recorded("bad"), ["plugin.error error"]);
      assertEquals(await test.run("good__echo"), "{}");
      const logged = test.manager.logs("bad").map(({ text }) => text).join("\n");
      assertStringIncludes(logged, reason);
    });
  }
});

Deno.test("openPluginManager() forbids its folders under every name that they have", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${folder}/real`);
  await Deno.symlink(`${folder}/real`, `${folder}/link`);
  for (const name of ["real", "link"]) {
    const path = `${folder}/${name}/token`;
    const sandbox = `sandbox: { filesystem: { read_allow: ["${path}"] } }`;
    const p = toolPlugin("p", ECHO, `execution: { tier: process, ${sandbox} }`);
    await using test = await TestManager.open({
      plugins: { p },
      forbidden: [`${folder}/link`],
    });
    await test.manager.ready;
    assertEquals(test.manager.get("p").lastError?.code, "invalid_permission", name);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openPluginManager() starts plugins after those that they need", async () => {
  const needs = (...names: string[]) =>
    `dependencies: { ${names.map((name) => `${name}: "^1.0.0"`).join(", ")} }`;
  await using test = await TestManager.open({
    plugins: {
      a: toolPlugin("a", ECHO, needs("b", "c")),
      b: toolPlugin("b", ECHO, needs("c")),
      c: toolPlugin("c", ECHO),
      ring1: toolPlugin("ring1", ECHO, needs("ring2")),
      ring2: toolPlugin("ring2", ECHO, needs("ring1")),
      victim: toolPlugin("victim", ECHO, needs("ring1")),
    },
  });
  await test.manager.ready;
  const starts = test.audit.filter(({ action }) => action === "plugin.start");
  assertEquals(starts.map(({ plugin }) => plugin), ["c", "b", "a"]);
  const failures = test.manager.list().filter(({ state }) => state === "error");
  assertEquals(failures.map(({ name, lastError }) => [name, lastError?.code]), [
    ["ring1", "dependency"],
    ["ring2", "dependency"],
    ["victim", "dependency"],
  ]);
  assertStringIncludes(failures[0]?.lastError?.message ?? "", "ring1 → ring2 → ring1");
  await test.manager.close();
  const stops = test.audit.filter(({ action }) => action === "plugin.stop");
  assertEquals(stops.map(({ plugin }) => plugin), ["a", "b", "c"]);
});

Deno.test("openPluginManager() finds plugins by path, and says what it cannot find", async () => {
  const elsewhere = await Deno.realPath(await Deno.makeTempDir());
  await Deno.writeTextFile(`${elsewhere}/plugin.yaml`, manifestOf("far"));
  await Deno.writeTextFile(`${elsewhere}/plugin.ts`, toolPlugin("far", ECHO)["plugin.ts"] ?? "");
  {
    await using test = await TestManager.open({
      plugins: {
        near: toolPlugin("near", ECHO),
        copy: toolPlugin("near", ECHO),
        ".old": toolPlugin("old", ECHO),
      },
      config: {
        far: { enabled: true, path: elsewhere },
        gone: { enabled: true },
        off: { enabled: false },
      },
    });
    await test.manager.ready;
    assertEquals(test.manager.list().map(({ name, state }) => [name, state]), [
      ["far", "running"],
      ["gone", "error"],
      ["near", "discovered"],
    ]);
    assertEquals(test.manager.get("near").directory, `${test.folder}/plugins/copy`);
    assertEquals(test.manager.get("gone").lastError?.code, "not_found");
    assertEquals(await test.run("far__echo"), "{}");
  }
  await Deno.remove(elsewhere, { recursive: true });
});

Deno.test("openPluginManager() refuses wrong arguments", async () => {
  await using test = await TestManager.open({ plugins: {} });
  const options = {
    directory: `${test.folder}/plugins`,
    dataDirectory: `${test.folder}/data`,
    config: {},
    spawn: () => Promise.reject(new Error("never")),
    enforcer: { enforce: async () => {} },
    audit: { append: async () => {} },
    engineVersion: "0.1.0",
  };
  for (
    const wrong of [{ directory: "plugins" }, { dataDirectory: "data" }, { engineVersion: "new" }]
  ) {
    await assertRejects(() => openPluginManager({ ...options, ...wrong }), TypeError);
  }
  await Deno.writeTextFile(`${test.folder}/file`, "");
  const error = await assertRejects(
    () => openPluginManager({ ...options, directory: `${test.folder}/file` }),
    PluginError,
  );
  assertEquals(error.code, "unavailable");
});

Deno.test("PluginManager.reload() drains calls, lets new ones wait, and loses none", async () => {
  const files = (version: string) => toolPlugin("p", `${ASK}, ${versionTool(version)}`, MAY_SEND);
  await using test = await TestManager.open({ plugins: { p: files("old") } });
  await test.manager.ready;
  const { pid } = test.manager.get("p");
  const underWay = [test.run("p__ask"), test.run("p__ask")];
  await test.until(() => test.sent.length === 2);
  await test.approve("p", files("new"));
  const reloaded = test.manager.reload("p");
  await test.moved("p", "draining");
  const queued = [test.run("p__version"), test.run("p__version")];
  assertEquals(test.manager.get("p").callsUnderWay, 2);
  test.sent.forEach(({ answer }, index) => answer(`answer ${index}`));
  assertEquals(await Promise.all(underWay), ["answer 0", "answer 1"]);
  const status = await reloaded;
  assertEquals(await Promise.all(queued), ["new", "new"]);
  assertEquals(status.state, "running");
  assert(status.pid !== pid);
  assertEquals(test.recorded("p"), ["plugin.start ok", "plugin.stop ok", "plugin.start ok"]);
});

Deno.test("PluginManager.reload() waits for calls only so long", async () => {
  await using test = await TestManager.open({
    plugins: {
      p: toolPlugin("p", ASK, `${MAY_SEND}\nlifecycle: { graceful_shutdown_timeout: 50ms }`),
    },
  });
  await test.manager.ready;
  const stuck = assertRejects(() => test.run("p__ask"), PluginError);
  await test.until(() => test.sent.length === 1);
  const reloaded = test.manager.reload("p");
  await test.moved("p", "draining");
  await test.until(() => test.clock.waits.includes(60_000));
  test.clock.advance(60_000);
  assertEquals((await stuck).code, "closed");
  assertEquals((await reloaded).state, "running");
});

Deno.test("PluginManager.reload() keeps the old plugin when the new one is refused", async () => {
  await using test = await TestManager.open({
    plugins: { p: toolPlugin("p", versionTool("old")) },
  });
  await test.manager.ready;
  const { pid } = test.manager.get("p");
  for (
    const [code, files] of [
      ["invalid_manifest", { "plugin.yaml": "name: [" }],
      ["conflict", { "plugin.yaml": manifestOf("other") }],
      ["unsafe", { "plugin.yaml": manifestOf("p"), "plugin.ts": 'import "../x.ts";' }],
    ] as const
  ) {
    await test.write("p", files);
    const error = await assertRejects(() => test.manager.reload("p"), PluginError);
    assertEquals(error.code, code);
    const status = test.manager.get("p");
    assertEquals([status.state, status.pid, status.lastError?.code], ["running", pid, code]);
    assertEquals(await test.run("p__version"), "old");
  }
  await test.approve("p", toolPlugin("p", versionTool("new")));
  assertEquals((await test.manager.reload("p")).lastError, undefined);
  assertEquals(await test.run("p__version"), "new");
});

Deno.test("PluginManager.reload() tells when the new plugin cannot start, and later one can", async () => {
  await using test = await TestManager.open({
    plugins: { p: toolPlugin("p", versionTool("old")) },
  });
  await test.manager.ready;
  const tool = test.tool("p__version");
  await test.approve("p", { "plugin.ts": 'throw new Error("broken");' });
  const error = await assertRejects(() => test.manager.reload("p"), PluginError, "broken");
  assertEquals([error.code, test.state("p"), test.manager.tools()], ["failed", "error", []]);
  const context = {
    workspaceId: "",
    sessionId: "",
    userId: "",
    signal: new AbortController().signal,
  };
  const refused = await assertRejects(
    () => Array.fromAsync(tool.execute({}, context)),
    PluginError,
  );
  assertEquals(refused.code, "failed");
  await test.approve("p", toolPlugin("p", versionTool("new")));
  await test.manager.reload("p");
  assertEquals(await test.run("p__version"), "new");
  assertEquals(await Array.fromAsync(tool.execute({}, context)), [{ type: "text", text: "new" }]);
});

Deno.test("PluginManager.reload() refuses what is unknown or not enabled", async () => {
  await using test = await TestManager.open({ plugins: { p: toolPlugin("p", ECHO) }, config: {} });
  await test.manager.ready;
  const unknown = await assertRejects(() => test.manager.reload("gone"), PluginError);
  const disabled = await assertRejects(() => test.manager.reload("p"), PluginError);
  assertEquals([unknown.code, disabled.code], ["not_found", "invalid_state"]);
});

Deno.test("PluginManager reloads a plugin by itself when its files change", async () => {
  await using test = await TestManager.open({
    plugins: {
      p: toolPlugin("p", versionTool("old"), HOT),
      q: toolPlugin("q", versionTool("old")),
    },
  });
  await test.manager.ready;
  await test.write("q", toolPlugin("q", versionTool("new")));
  await test.write("p", toolPlugin("p", versionTool("new"), HOT));
  await settleAndAdvance(test);
  await test.moved("p", "running", 2);
  assertEquals(await test.run("p__version"), "new");
  assertEquals(await test.run("q__version"), "old");
});

Deno.test("PluginManager goes on when files change into a mistake, and mends itself after it", async () => {
  await using test = await TestManager.open({
    plugins: { p: toolPlugin("p", versionTool("old"), HOT) },
  });
  await test.manager.ready;
  await test.write("p", { "plugin.yaml": "name: [" });
  await settleAndAdvance(test);
  await test.until(() => test.manager.get("p").lastError !== undefined);
  assertEquals(await test.run("p__version"), "old");
  await test.write("p", toolPlugin("p", versionTool("new"), HOT));
  await settleAndAdvance(test);
  await test.moved("p", "running", 2);
  assertEquals(await test.run("p__version"), "new");
});

/** Waits until a change of files was seen, and lets them rest for long enough. */
async function settleAndAdvance(test: TestManager): Promise<void> {
  await test.until(() => test.clock.waits.includes(200));
  test.clock.advance(200);
}

Deno.test("PluginManager.configure() starts, stops, reloads and leaves alone", async () => {
  const schema = "config_schema: { properties: { word: { type: string, default: none } } }";
  const files = (name: string) => ({
    "plugin.yaml": manifestOf(name, schema),
    "plugin.ts": `let word = "";
export default {
  type: "tool",
  init: (config: { word: string }) => { word = config.word; },
  tools: { word: { description: "", input: { type: "object" }, execute: () => word } },
};
`,
  });
  await using test = await TestManager.open({
    plugins: { a: files("a"), b: files("b"), c: files("c"), d: files("d") },
    config: {
      a: { enabled: true, config: { word: "one" } },
      b: { enabled: true },
      c: { enabled: true },
    },
  });
  await test.manager.ready;
  assertEquals([await test.run("a__word"), await test.run("b__word")], ["one", "none"]);
  const pids = () => test.manager.list().map(({ pid }) => pid);
  const before = pids();
  await test.manager.configure({
    a: { enabled: true, config: { word: "two" } },
    b: { enabled: true },
    c: { enabled: false },
    d: { enabled: true },
  });
  const states = test.manager.list().map(({ state }) => state);
  assertEquals(states, ["running", "running", "stopped", "running"]);
  assertEquals([await test.run("a__word"), await test.run("d__word")], ["two", "none"]);
  const after = pids();
  assertEquals([after[0] !== before[0], after[1] === before[1], after[2]], [true, true, undefined]);
  await test.manager.configure({
    a: { enabled: true, config: { word: 7 } },
    c: { enabled: true },
  });
  const [a] = test.manager.list();
  assertEquals([a?.state, a?.lastError?.code], ["running", "invalid_config"]);
  assertEquals([await test.run("a__word"), await test.run("c__word")], ["two", "none"]);
});

Deno.test("PluginManager.configure() takes up new folders and lets go of old ones", async () => {
  await using test = await TestManager.open({ plugins: { a: toolPlugin("a", ECHO) } });
  await test.manager.ready;
  await test.write("b", toolPlugin("b", ECHO));
  await Deno.remove(`${test.folder}/plugins/a`, { recursive: true });
  await test.manager.configure({ b: { enabled: true } });
  assertEquals(test.manager.list().map(({ name, state }) => [name, state]), [["b", "running"]]);
  assertEquals(test.recorded("a"), ["plugin.start ok", "plugin.stop ok"]);
});

Deno.test("PluginManager starts a plugin that crashes again, later each time, up to a limit", async () => {
  await using test = await TestManager.open({
    plugins: { p: toolPlugin("p", `${CRASH}, ${ECHO}`), q: toolPlugin("q", ECHO) },
    timing: { restart: { firstDelayMs: 500, maxDelayMs: 1500, limit: 4, windowMs: 60_000 } },
  });
  await test.manager.ready;
  for (const [times, wait] of [[1, 500], [2, 1000], [3, 1500]] as const) {
    const error = await assertRejects(() => test.run("p__crash"), PluginError);
    assertEquals(error.code, "crashed");
    await test.moved("p", "error", times);
    await test.until(() => test.clock.waits.includes(wait));
    assertEquals(test.manager.get("p").lastError?.code, "crashed");
    assertStringIncludes(test.manager.get("p").lastError?.message ?? "", `restarts in ${wait} ms`);
    test.clock.advance(wait);
    await test.moved("p", "running", times + 1);
    assertEquals(await test.run("p__echo"), "{}");
  }
  await assertRejects(() => test.run("p__crash"), PluginError);
  await test.moved("p", "error", 4);
  await test.until(() => test.recorded("p").length === 12);
  assertStringIncludes(
    test.manager.get("p").lastError?.message ?? "",
    "with code 7 and stays down",
  );
  assertEquals(test.clock.waits.filter((wait) => wait < 2000), []);
  assertEquals(await test.run("q__echo"), "{}");
  assertEquals((await test.manager.reload("p")).crashes, 0);
  assertEquals(await test.run("p__echo"), "{}");
});

Deno.test("PluginManager restarts a plugin that is unhealthy for too long", async () => {
  await using test = await TestManager.open({
    plugins: {
      p: {
        "plugin.yaml": manifestOf("p"),
        "plugin.ts": `const input = { type: "object" };
let status = "healthy";
export default {
  type: "tool",
  health: () => ({ status, message: "so I feel" }),
  tools: {
    set: { description: "", input, execute: (input: { to: string }) => { status = input.to; return ""; } },
  },
};
`,
      },
    },
  });
  await test.manager.ready;
  const check = async () => {
    await test.until(() => test.clock.waits.includes(30_000));
    const before = test.manager.get("p").health?.checkedAt;
    test.clock.advance(30_000);
    while (test.manager.get("p").health?.checkedAt === before && test.state("p") === "running") {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await check();
  assertEquals(test.manager.get("p").health?.status, "healthy");
  await test.run("p__set", { to: "degraded" });
  await check();
  assertEquals(test.manager.get("p").health?.message, "so I feel");
  await test.run("p__set", { to: "unhealthy" });
  await check();
  await check();
  assertEquals([test.state("p"), test.manager.get("p").health?.status], ["running", "unhealthy"]);
  await check();
  await test.moved("p", "error");
  await test.until(() => test.clock.waits.includes(500));
  test.clock.advance(500);
  await test.moved("p", "running", 2);
  assertEquals(test.manager.get("p").health, undefined);
});

Deno.test("PluginManager.logs() keeps what a plugin writes, without its secrets", async () => {
  await using test = await TestManager.open({
    plugins: {
      p: {
        "plugin.yaml": manifestOf("p"),
        "plugin.ts": `export default {
  type: "tool",
  init: (config: { api_key: string }) => console.error("key " + config.api_key),
  tools: { log: { description: "", input: { type: "object" }, execute: () => { console.log("hello"); return ""; } } },
};
`,
      },
      bad: {
        "plugin.yaml": manifestOf("bad"),
        "plugin.ts": `export default {
  type: "tool",
  init: (config: { token: string }) => { throw new Error("wrong token " + config.token); },
  tools: {},
};
`,
      },
    },
    config: {
      p: { enabled: true, config: { api_key: "sk-very-secret" } },
      bad: { enabled: true, config: { token: "hunter2hunter2" } },
    },
  });
  await test.manager.ready;
  await test.run("p__log");
  const lines = () => test.manager.logs("p").map(({ source, text }) => [source, text]);
  await test.until(() => lines().length === 2);
  assertEquals(lines(), [["plugin", "key [redacted]"], ["plugin", "hello"]]);
  assertEquals(test.manager.logs("p", { limit: 1 }).map(({ text }) => text), ["hello"]);
  const { lastError } = test.manager.get("bad");
  assertStringIncludes(lastError?.message ?? "", "wrong token [redacted]");
  const everything = JSON.stringify([test.audit, test.manager.list(), test.manager.logs("bad")]);
  assertEquals(/very-secret|hunter2/.test(everything), false);
});

Deno.test("PluginManager leaves out tools that no agent could use", async () => {
  const long = "x".repeat(64);
  await using test = await TestManager.open({
    plugins: {
      p: toolPlugin(
        "p",
        `${ECHO}, "a b": { description, input, execute: () => "" }, ${long}: { description, input, execute: () => "" }, list: { description, input: { type: "array" }, execute: () => "" }`,
      ),
    },
  });
  await test.manager.ready;
  const [status] = test.manager.list();
  const reason = status?.lastError?.message ?? "";
  assertEquals(status?.tools, ["p__echo"], reason);
  assertEquals(test.manager.logs("p").length, 3);
});

Deno.test("PluginManager gives plugins a store of their own, if their manifest asks for it", async () => {
  const tools = `set: {
    description,
    input,
    async execute(input: { value: string }, { host }: { host: { kv: { set(key: string, value: string): Promise<void>; get(key: string): Promise<Uint8Array | undefined> } } }) {
      if (input.value !== undefined) await host.kv.set("key", input.value);
      const value = await host.kv.get("key");
      return value === undefined ? "nothing" : new TextDecoder().decode(value);
    },
  }`;
  await using test = await TestManager.open({
    plugins: {
      a: toolPlugin("a", tools, "storage: { kv: true }"),
      b: toolPlugin("b", tools, "storage: { kv: true }"),
      c: toolPlugin("c", tools),
    },
  });
  await test.manager.ready;
  assertEquals(await test.run("a__set", { value: "mine" }), "mine");
  assertEquals(await test.run("b__set"), "nothing");
  await test.manager.reload("a");
  assertEquals(await test.run("a__set"), "mine");
  assertStringIncludes(await test.run("c__set"), "the plugin's manifest does not allow it");
  const decisions = test.audit.filter(({ action }) => action === "capability.check");
  assertEquals(
    decisions.map(({ plugin, result, details }) => `${plugin} ${result} ${details.capability}`),
    [
      "a allowed kv.write.self",
      "a allowed kv.read.self",
      "b allowed kv.read.self",
      "a allowed kv.read.self",
      "c denied kv.read.self",
    ],
  );
});

Deno.test("PluginManager gives plugins only the files that their manifest names", async () => {
  const tools = `read: {
    description,
    input,
    execute: async (input: { path: string }) => await Deno.readTextFile(input.path),
  },
  write: {
    description,
    input,
    async execute(input: { path: string }) { await Deno.writeTextFile(input.path, "x"); return "ok"; },
  }`;
  const sandbox = "execution: { tier: process, sandbox: { filesystem: { write_allow: [out] } } }";
  await using test = await TestManager.open({
    plugins: { p: toolPlugin("p", tools, sandbox), q: toolPlugin("q", tools) },
  });
  await test.manager.ready;
  const { folder } = test;
  assertStringIncludes(
    await test.run("p__read", { path: `${folder}/plugins/p/plugin.yaml` }),
    "name: p",
  );
  assertEquals(await test.run("p__write", { path: `${folder}/data/p/files/out/a` }), "ok");
  assertEquals(await test.run("p__write", { path: "out/relative" }), "ok");
  assertEquals(await namesIn(`${folder}/data/p/files/out`), ["a", "relative"]);
  const refused: [string, string][] = [
    ["p__read", `${folder}/plugins/q/plugin.yaml`],
    ["p__read", `${folder}/data/q/files/out/a`],
    ["p__read", "/etc/hostname"],
    ["p__write", `${folder}/data/p/files/b`],
    ["p__write", `${folder}/data/p/kv.db`],
    ["p__read", `${folder}/data/p/approved.json`],
    ["p__write", `${folder}/data/p/approved.json`],
    ["p__write", `${folder}/plugins/p/plugin.yaml`],
    ["q__write", `${folder}/data/q/files/out/a`],
  ];
  for (const [tool, path] of refused) {
    assertStringIncludes(await test.run(tool, { path }), "!", `${tool} ${path}`);
  }
  assertEquals(await namesIn(`${folder}/data/p`), ["approved.json", "deno", "files"]);
});

Deno.test("PluginManager.rules() gives what an enabled plugin that runs asks for", async () => {
  await using test = await TestManager.open({
    plugins: {
      on: toolPlugin("on", ECHO, "capabilities: [tool.on.*]\ndeny_capabilities: [tool.on.shout]"),
      off: toolPlugin("off", ECHO, "capabilities: [tool.off.*]"),
      bad: { "plugin.yaml": manifestOf("bad", "capabilities: [tool.bad.*]") },
    },
    config: { on: { enabled: true }, bad: { enabled: true } },
  });
  await test.manager.ready;
  assertEquals(test.manager.rules("on"), { allow: ["tool.on.*"], deny: ["tool.on.shout"] });
  for (const name of ["off", "bad", "gone"]) assertEquals(test.manager.rules(name), undefined);
});

Deno.test("PluginManager.close() lets calls under way finish, and refuses new ones", async () => {
  await using test = await TestManager.open({ plugins: { p: toolPlugin("p", ASK, MAY_SEND) } });
  await test.manager.ready;
  const tool = test.tool("p__ask");
  const underWay = test.run("p__ask");
  await test.until(() => test.sent.length === 1);
  const closed = test.manager.close();
  await test.moved("p", "draining");
  const context = {
    workspaceId: "",
    sessionId: "",
    userId: "",
    signal: new AbortController().signal,
  };
  const refused = await assertRejects(
    () => Array.fromAsync(tool.execute({}, context)),
    PluginError,
  );
  assertEquals(refused.code, "closed");
  test.sent[0]?.answer("done");
  assertEquals(await underWay, "done");
  await closed;
  assertEquals(test.state("p"), "stopped");
  const after = await assertRejects(() => test.manager.reload("p"), PluginError);
  assertEquals(after.code, "closed");
  await assertRejects(() => test.manager.configure({}), PluginError);
  await test.manager.close();
});

Deno.test("PluginManager lets a call that waits leave by its signal", async () => {
  await using test = await TestManager.open({ plugins: { p: toolPlugin("p", ASK, MAY_SEND) } });
  await test.manager.ready;
  const underWay = test.run("p__ask");
  await test.until(() => test.sent.length === 1);
  const reloaded = test.manager.reload("p");
  await test.moved("p", "draining");
  const reason = new Error("enough");
  const controller = new AbortController();
  const queued = assertRejects(() => test.run("p__ask", {}, controller.signal));
  controller.abort(reason);
  assertEquals(await queued, reason);
  test.sent[0]?.answer("done");
  await Promise.all([underWay, reloaded]);
});

Deno.test("PluginManager.close() ends what is just starting", async () => {
  await using test = await TestManager.open({
    plugins: {
      slow: {
        "plugin.yaml": manifestOf("slow"),
        "plugin.ts": "await new Promise(() => setTimeout(() => {}, 1e6));",
      },
      p: toolPlugin("p", ECHO),
    },
  });
  await test.moved("slow", "loading");
  await test.manager.close();
  await test.manager.ready;
  assertEquals(test.manager.list().map(({ state, pid }) => [state, pid]), [
    ["stopped", undefined],
    ["stopped", undefined],
  ]);
});

Deno.test("PluginManager runs no process for a skill", async () => {
  await using test = await TestManager.open({
    plugins: { s: { "plugin.yaml": manifestOf("s").replace("type: tool", "type: skill") } },
  });
  await test.manager.ready;
  const { state, pid, type } = test.manager.get("s");
  assertEquals([state, pid, type, test.manager.tools()], ["running", undefined, "skill", []]);
});

Deno.test("PluginManager refuses files that are not those whose hash was pinned", async () => {
  await using test = await TestManager.open({ plugins: { p: toolPlugin("p", ECHO) }, config: {} });
  await test.manager.configure({ p: { enabled: true } });
  const { hash } = test.manager.get("p");
  await test.manager.configure({ p: { enabled: true, hash } });
  assertEquals(test.state("p"), "running");
  await test.write("p", { "more.ts": "" });
  const error = await assertRejects(() => test.manager.reload("p"), PluginError, "have changed");
  assertEquals([error.code, test.state("p")], ["unsafe", "running"]);
});

Deno.test("PluginManager goes on when nothing can be recorded", async () => {
  await using test = await TestManager.open({
    plugins: { p: toolPlugin("p", ECHO) },
    audit: { append: () => Promise.reject(new Error("disk full")) },
  });
  await test.manager.ready;
  assertEquals(await test.run("p__echo"), "{}");
});

Deno.test("PluginManager.get() and its kin refuse names that nobody has", async () => {
  await using test = await TestManager.open({ plugins: {} });
  for (
    const run of [
      () => test.manager.get("x"),
      () => test.manager.manifest("x"),
      () => test.manager.logs("x"),
    ]
  ) {
    const error = await assertRejects(async () => run(), PluginError, 'Cannot find plugin "x"');
    assertEquals(error.code, "not_found");
  }
});

Deno.test("PluginManager tries again to start a plugin, and then those that need it", async () => {
  const files = (name: string, more: string) => ({
    "plugin.yaml": manifestOf(
      name,
      `execution: { tier: process, sandbox: { filesystem: { read_allow: [flag] } } }\n${more}`,
    ),
    "plugin.ts": `export default {
  type: "tool",
  init: ({ flag }: { flag: string }) => { Deno.readTextFileSync(flag); },
  tools: {},
};
`,
  });
  await using test = await TestManager.open({
    plugins: {
      base: files("base", ""),
      user: toolPlugin("user", ECHO, "dependencies: { base: '*' }"),
    },
    config: {},
  });
  const flag = `${test.folder}/data/base/files/flag`;
  await test.manager.configure({
    base: { enabled: true, config: { flag } },
    user: { enabled: true },
  });
  assertEquals(test.manager.list().map(({ state, lastError }) => [state, lastError?.code]), [
    ["error", "failed"],
    ["error", "dependency"],
  ]);
  test.clock.advance(500);
  await test.moved("base", "error", 2);
  await test.until(() => test.clock.waits.includes(1000));
  await Deno.writeTextFile(flag, "");
  test.clock.advance(1000);
  await test.moved("user", "running");
  assertEquals(test.state("base"), "running");
  assertEquals(await test.run("user__echo"), "{}");
});

Deno.test("PluginManager starts a plugin again whose process was killed from outside", async () => {
  await using test = await TestManager.open({
    plugins: { p: toolPlugin("p", `${ASK}, ${ECHO}`, MAY_SEND) },
  });
  await test.manager.ready;
  const underWay = assertRejects(() => test.run("p__ask"), PluginError);
  await test.until(() => test.sent.length === 1);
  const { pid } = test.manager.get("p");
  assert(pid !== undefined);
  Deno.kill(pid, "SIGKILL");
  assertEquals((await underWay).code, "crashed");
  await test.until(() => test.clock.waits.includes(500));
  assertStringIncludes(test.manager.get("p").lastError?.message ?? "", "by SIGKILL");
  test.clock.advance(500);
  await test.moved("p", "running", 2);
  assertEquals(await test.run("p__echo"), "{}");
});

Deno.test("PluginManager loses no call over many reloads", async () => {
  const counted = `count: {
    description,
    input,
    async execute(input: { index: number }) {
      await new Promise((resolve) => setTimeout(resolve, input.index % 5));
      return String(input.index);
    },
  }`;
  await using test = await TestManager.open({ plugins: { p: toolPlugin("p", counted) } });
  await test.manager.ready;
  const calls: Promise<string>[] = [];
  let isDone = false;
  const reloads = (async () => {
    for (let round = 0; round < 5; round++) await test.manager.reload("p");
    isDone = true;
  })();
  while (!isDone) {
    for (let burst = 0; burst < 10; burst++) {
      calls.push(test.run("p__count", { index: calls.length }));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await reloads;
  assert(calls.length > 100);
  assertEquals(await Promise.all(calls), calls.map((_, index) => String(index)));
  assertEquals(test.recorded("p").length, 11);
});
