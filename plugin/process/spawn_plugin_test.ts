// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { PluginError } from "../errors.ts";
import { MemoryHost } from "../testing/memory_host.ts";
import type { PluginHost } from "./plugin_process.ts";
import { spawnPlugin } from "./spawn_plugin.ts";
import {
  layerCases,
  runTool,
  StderrLog,
  testFile,
  withPlugin,
} from "./testdata/spawn_test_plugin.ts";

const HELLO = "hello/main.ts";

Deno.test("spawnPlugin() starts a plugin that answers, with every set of layers", async (t) => {
  for (const { name, layers, skip } of await layerCases()) {
    await t.step({
      name: skip === "" ? name : `${name}: ${skip}`,
      ignore: skip !== "",
      fn: () =>
        withPlugin(HELLO, { layers }, async (plugin) => {
          await plugin.init({ city: "Turku" });
          assertEquals(await plugin.health(), { status: "healthy", message: "" });
          assertEquals(await runTool(plugin, "greet", { name: "Ada" }), "Hello, Ada");
          assertEquals(await runTool(plugin, "configuration"), '{"city":"Turku"}');
          assertEquals(await plugin.stop(), { code: 0, signal: undefined, error: undefined });
        }),
    });
  }
});

Deno.test("PluginProcess answers every call, however many came before", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    for (let count = 0; count < 40; count++) {
      const name = `${count}`.repeat(count * 2000);
      assertEquals(await runTool(plugin, "greet", { name }), `Hello, ${name}`);
    }
    const names = Array.from({ length: 200 }, (_, count) => `Ada the ${count}th`);
    const greetings = await Promise.all(names.map((name) => runTool(plugin, "greet", { name })));
    assertEquals(greetings, names.map((name) => `Hello, ${name}`));
    assertEquals((await plugin.stop()).code, 0);
  });
});

Deno.test("PluginProcess and its plugin can both write more than the pipes between them hold", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    const large = "x".repeat(1024 * 1024);
    const names = Array.from({ length: 64 }, (_, count) => `${count}${large}`);
    const greetings = await Promise.all(names.map((name) => runTool(plugin, "greet", { name })));
    assert(greetings.every((greeting, index) => greeting === `Hello, ${names[index]}`));
  });
});

Deno.test("spawnPlugin() starts a plugin in the folder that is given, with every set of layers", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "sigil-cwd-" });
  await Deno.mkdir(join(folder, "cache"));
  const allowed = [dirname(testFile(HELLO)), join(folder, "cache")];
  const permissionFlags = [`--allow-read=${allowed.join()}`, `--allow-write=${allowed[1]}`];
  for (const { name, layers, skip } of await layerCases()) {
    await t.step({
      name: skip === "" ? name : `${name}: ${skip}`,
      ignore: skip !== "",
      fn: async () => {
        const sandbox = { layers, writePaths: [join(folder, "cache")] };
        const options = { cwd: folder, permissionFlags, sandbox };
        await withPlugin(HELLO, options, async (plugin) => {
          assertEquals(await runTool(plugin, "save", { path: "cache/a", text: name }), name);
          const beside = await runTool(plugin, "save", { path: "beside", text: name });
          assertStringIncludes(beside, "Requires write access");
        });
        assertEquals(await Deno.readTextFile(join(folder, "cache/a")), name);
        await withPlugin(HELLO, { cwd: folder, layers }, async (plugin) => {
          assertEquals(await runTool(plugin, "greet", { name: "Ada" }), "Hello, Ada");
        });
      },
    });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("spawnPlugin() tells when the folder to start in is not there", async () => {
  const started = withPlugin(HELLO, { cwd: "/nowhere/at/all" }, async () => {});
  const error = await assertRejects(() => started, PluginError, "cannot be run in /nowhere/at/all");
  assertEquals(error.code, "unavailable");
});

Deno.test("spawnPlugin() gives a plugin no more than its flags", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    assertEquals(
      await runTool(plugin, "environment"),
      "read prompt, write prompt, net prompt, env prompt, run prompt, ffi prompt, sys prompt, import denied",
    );
  });
});

Deno.test("spawnPlugin() refuses flags that are none for a permission", async (t) => {
  const flags = [
    "--allow-all",
    "-A",
    "--unstable",
    "main.ts",
    "--allow-scripts",
    "--allow-import",
    "",
  ];
  for (const flag of flags) {
    await t.step(flag || "an empty flag", async () => {
      const spawned = spawnPlugin({
        plugin: "hello",
        main: testFile(HELLO),
        permissionFlags: [flag],
        denoDirectory: "/nowhere",
      });
      await assertRejects(() => spawned, TypeError, "no flag for a permission");
    });
  }
});

Deno.test("spawnPlugin() refuses paths that are not absolute", async () => {
  const options = { plugin: "hello", permissionFlags: [] };
  const cases = [["main.ts", "/d", "/c"], ["/main.ts", "d", "/c"], [
    "/main.ts",
    "/d",
    "c",
  ]] as const;
  for (const [main, denoDirectory, cwd] of cases) {
    await assertRejects(
      () => spawnPlugin({ ...options, main, denoDirectory, cwd }),
      TypeError,
      "is not absolute",
    );
  }
});

Deno.test("spawnPlugin() tells when the plugin's own folder cannot be made", async () => {
  const options = { plugin: "hello", main: testFile(HELLO), permissionFlags: [] };
  const spawned = spawnPlugin({ ...options, denoDirectory: testFile(`${HELLO}/deno`) });
  const error = await assertRejects(() => spawned, PluginError, "cannot be written");
  assertEquals(error.code, "unavailable");
});

const BROKEN = [
  { name: "throws.ts", code: "failed", says: "it cannot be loaded" },
  { name: "no_plugin.ts", code: "failed", says: "Its type is not tool, channel or provider" },
  { name: "no_tools.ts", code: "failed", says: "Its default export has no tools" },
  { name: "absent.ts", code: "failed", says: "absent.ts" },
  { name: "reads_outside.ts", code: "failed", says: "Requires read access" },
  { name: "reads_json.ts", code: "failed", says: "Requires read access" },
  { name: "reads_text.ts", code: "failed", says: "Requires read access" },
  {
    name: "exits.ts",
    code: "crashed",
    says: "its process ended with code 7 after writing: no disk",
  },
  { name: "hangs.ts", code: "timeout", says: "no answer in 300 ms" },
] as const;

Deno.test("spawnPlugin() tells why a plugin does not start, and leaves no process", async (t) => {
  for (const { name, code, says } of BROKEN) {
    await t.step(name, async () => {
      const startTimeoutMs = code === "timeout" ? 300 : 10_000;
      const started = withPlugin(`broken/${name}`, { startTimeoutMs }, async () => {});
      const error = await assertRejects(() => started, PluginError, says);
      assertEquals([error.code, error.plugin], [code, "hello"]);
      assertStringIncludes(error.message, 'Cannot start plugin "hello": ');
    });
  }
});

Deno.test("spawnPlugin() ends the process when its signal aborts", async () => {
  const signal = AbortSignal.timeout(50);
  const started = withPlugin("broken/hangs.ts", { signal }, async () => {});
  await assertRejects(() => started, DOMException, "timeout");
});

Deno.test("PluginProcess.init() passes on why a plugin refuses its configuration", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    const error = await assertRejects(() => plugin.init({ refuse: true }), PluginError);
    assertEquals(error.code, "failed");
    assertEquals(
      error.message,
      'Cannot init plugin "hello": this configuration will not do',
    );
  });
});

Deno.test("PluginProcess.tools lists tools and runs them", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    const [greet] = await plugin.tools.describe();
    assertEquals(greet, {
      name: "greet",
      description: "Greets somebody",
      inputSchema: { type: "object", properties: { name: { type: "string" } } },
    });
    assertEquals(await runTool(plugin, "absent"), '[There is no tool "absent"]');
    assertEquals(await runTool(plugin, "toString"), '[There is no tool "toString"]');
  });
});

Deno.test("a plugin has no service of another type", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    const error = await assertRejects(() => plugin.provider.listModels(), PluginError);
    assertEquals(error.code, "unsupported");
  });
});

Deno.test("a plugin reaches the gateway through its host", async () => {
  const host = new MemoryHost();
  await withPlugin(HELLO, { host }, async (plugin) => {
    assertEquals(
      await runTool(plugin, "keep", { text: "æ" }),
      '{"kept":"æ","keys":"text","deleted":true,"missing":true}',
    );
    assertEquals(await runTool(plugin, "send", { text: "hi" }), "1");
    assertEquals(host.messages, [{ channel: "telegram", channelId: "1", content: "hi" }]);
  });
});

const REFUSALS: readonly { readonly name: string; readonly error: Error; readonly says: string }[] =
  [
    {
      name: "what is denied",
      error: new PluginError("denied", "Cannot send: it may not"),
      says: "Cannot send: it may not",
    },
    {
      name: "what went wrong within",
      error: new Error("disk at /secret"),
      says: "The gateway failed",
    },
  ];

Deno.test("a plugin is told why it was refused, and no secret of the gateway", async (t) => {
  for (const { name, error, says } of REFUSALS) {
    await t.step(name, async () => {
      const host: PluginHost = Object.assign(new MemoryHost(), {
        sendMessage: () => Promise.reject(error),
      });
      await withPlugin(HELLO, { host }, async (plugin) => {
        const path = "plugin.v1.Host/SendMessage";
        const told = await runTool(plugin, "send", { text: "hi" });
        assertEquals(told, `[Cannot call ${path} of the gateway: ${says}]`);
      });
    });
  }
});

Deno.test("a plugin without a host is refused everything", async () => {
  await withPlugin(HELLO, { host: undefined }, async (plugin) => {
    assertStringIncludes(await runTool(plugin, "send", { text: "hi" }), "There is no method");
  });
});

Deno.test("leaving a tool's loop cancels it in the plugin", async () => {
  const stderr = new StderrLog();
  await withPlugin(HELLO, { onStderr: stderr.add }, async (plugin) => {
    const call = { name: "wait", input: {}, sessionId: "s1" };
    for await (const chunk of plugin.tools.execute(call)) {
      assertEquals(chunk, { type: "text", text: "waiting" });
      break;
    }
    await stderr.next("cancelled");
  });
});

Deno.test("a tool's deadline passes while it works on", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    const call = { name: "wait", input: {}, sessionId: "s1" };
    const stream = plugin.tools.execute(call, { timeoutMs: 100 });
    const error = await assertRejects(() => Array.fromAsync(stream), PluginError);
    assertEquals(error.code, "timeout");
    assertEquals((await plugin.health()).status, "healthy");
  });
});

Deno.test("what a plugin prints goes to stderr and not among the frames", async () => {
  const stderr = new StderrLog();
  await withPlugin(HELLO, { onStderr: stderr.add }, async (plugin) => {
    assertEquals(await runTool(plugin, "print"), "printed");
    await stderr.next("by Deno.stdout");
    const text = stderr.lines.join("\n");
    for (const way of ["console.log", "console.info", "console.table", "console.count: 1"]) {
      assertStringIncludes(text, way);
    }
    assertStringIncludes(text, "by process.stdout");
  });
});

Deno.test("a plugin outlives the one who takes its lines", async () => {
  const errors: string[] = [];
  const silent = () => {};
  const logger = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (message: string) => void errors.push(message),
  };
  const onStderr = () => {
    throw new Error("no more room");
  };
  await withPlugin(HELLO, { onStderr, logger }, async (plugin) => {
    assertEquals(await runTool(plugin, "print"), "printed");
    assertEquals((await plugin.stop()).code, 0);
    assertEquals(new Set(errors), new Set(["plugin stderr lost"]));
  });
});

Deno.test("PluginProcess.stop() lets calls in flight finish and refuses new ones", async () => {
  const go = Promise.withResolvers<undefined>();
  const host: PluginHost = Object.assign(new MemoryHost(), { kvGet: () => go.promise });
  await withPlugin(HELLO, { host }, async (plugin) => {
    const stream = plugin.tools.execute({ name: "slow", input: {}, sessionId: "s1" });
    assertEquals((await stream[Symbol.asyncIterator]().next()).value, {
      type: "text",
      text: "begun",
    });
    const rest = Array.fromAsync(stream);
    const stopped = plugin.stop();
    const error = await assertRejects(() => plugin.health(), PluginError);
    assertEquals(error.code, "closed");
    go.resolve(undefined);
    assertEquals(await rest, [{ type: "text", text: " and done" }]);
    assertEquals((await stopped).error, undefined);
  });
});

Deno.test("PluginProcess.stop() calls the plugin's shutdown", async () => {
  const stderr = new StderrLog();
  await withPlugin(HELLO, { onStderr: stderr.add }, async (plugin) => {
    await plugin.stop();
    assertEquals(stderr.lines, ["shutting down"]);
  });
});

Deno.test("PluginProcess.exited tells how a process ended, and calls in flight are told the same", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    const chunks: unknown[] = [];
    const error = await assertRejects(async () => {
      const call = { name: "exit", input: { code: 5 }, sessionId: "s1" };
      for await (const chunk of plugin.tools.execute(call)) chunks.push(chunk);
    }, PluginError);
    assertEquals(chunks, [{ type: "text", text: "a part" }]);
    assertEquals(error.code, "crashed");
    assertStringIncludes(error.message, "its process ended with code 5");
    assertEquals(await plugin.exited, { code: 5, signal: undefined, error });
    assertEquals(await assertRejects(() => plugin.health()), error);
  });
});

Deno.test("PluginProcess.kill() ends a process at once", async () => {
  await withPlugin(HELLO, {}, async (plugin) => {
    plugin.kill();
    plugin.kill();
    assertEquals(await plugin.exited, { code: 137, signal: "SIGKILL", error: undefined });
    const error = await assertRejects(() => plugin.health(), PluginError);
    assertEquals(error.code, "closed");
  });
});

Deno.test("a limit on memory ends a plugin that takes more", async (t) => {
  for (const { name, layers, skip } of await layerCases()) {
    if (layers.length === 0) continue;
    await t.step({
      name: skip === "" ? name : `${name}: ${skip}`,
      ignore: skip !== "",
      fn: () => {
        const sandbox = { layers, memoryBytes: 64 * 1024 * 1024 };
        return withPlugin(HELLO, { sandbox }, async (plugin) => {
          assertEquals(await runTool(plugin, "allocate", { megabytes: 8 }), "took 8 MB");
          const told = await runTool(plugin, "allocate", { megabytes: 4096 }).catch((error) =>
            error
          );
          assert(told instanceof PluginError || told.startsWith("["), String(told));
        });
      },
    });
  }
});

Deno.test("spawnPlugin() writes our boot over whatever stands in its place", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sigil-plugin-" });
  try {
    await Deno.writeTextFile(join(folder, "boot.js"), "Deno.exit(9)");
    await using plugin = await spawnPlugin({
      plugin: "hello",
      main: testFile(HELLO),
      permissionFlags: [`--allow-read=${testFile("hello")}`],
      denoDirectory: folder,
    });
    assertEquals((await plugin.health()).status, "healthy");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
