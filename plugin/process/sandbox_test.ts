// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { dirname, join } from "node:path";
import type { PluginProcess, SandboxLayer } from "./plugin_process.ts";
import { layerCases, runTool, testFile, withPlugin } from "./testdata/spawn_test_plugin.ts";

const MAIN = "escape/main.ts";
const SECRET = testFile("outside/secret.txt");

Deno.test("a plugin without permissions finds no way out of its process", async (t) => {
  await withServer(async (port) => {
    for (const { name, layers, skip } of await layerCases()) {
      await t.step({
        name: skip === "" ? name : `${name}: ${skip}`,
        ignore: skip !== "",
        fn: (t) =>
          withPlugin(MAIN, { layers }, async (plugin) => {
            const ways: string[] = JSON.parse(await runTool(plugin, "ways"));
            assertNotEquals(ways, []);
            for (const way of ways) {
              await t.step(way, async () => {
                assertMatch(await runTool(plugin, "go", { way, port, file: SECRET }), /^\[/);
              });
            }
          }),
      });
    }
  });
});

/** Some of the ways, which change nothing on this machine, and what opens them. */
const OPENED = [
  ["--allow-read", "read a file outside"],
  ["--allow-net", "fetch"],
  ["--allow-net", "connect"],
  ["--allow-net", "connect through node:net"],
  ["--allow-net", "listen"],
  ["--allow-run", "run a program"],
  ["--allow-env", "read the environment"],
  ["--allow-sys", "ask the machine its name"],
] as const;

Deno.test("the ways out lead there with permissions", async (t) => {
  const permissionFlags = [...new Set(OPENED.map(([flag]) => flag))];
  await withServer(async (port) => {
    await withPlugin(MAIN, { permissionFlags }, async (plugin) => {
      for (const [flag, way] of OPENED) {
        await t.step(`${way}, with ${flag}`, async () => {
          assertEquals(await runTool(plugin, "go", { way, port, file: SECRET }), "out");
        });
      }
    });
  });
});

Deno.test("a link out of the plugin's folder leads nowhere with bwrap, and out without", async (t) => {
  for (const { name, layers, skip } of await layerCases()) {
    await t.step({
      name: skip === "" ? name : `${name}: ${skip}`,
      ignore: skip !== "",
      async fn() {
        const told = await readLink(layers);
        if (layers.includes("bwrap")) assertMatch(told, /^\[.*No such file/s);
        else assertEquals(told, await Deno.readTextFile(SECRET));
      },
    });
  }
});

Deno.test("a permission for the network is worth nothing in a namespace without one", async (t) => {
  await withServer(async (port) => {
    for (const { name, layers, skip } of await layerCases()) {
      for (const network of [false, true]) {
        await t.step({
          name: `${name}, ${network ? "with" : "without"} network${skip && `: ${skip}`}`,
          ignore: skip !== "",
          async fn() {
            const reached = network || !layers.includes("bwrap");
            const told = await fetchAllowed(port, layers, network);
            assertMatch(told, reached ? /^served$/ : /^\[/);
          },
        });
      }
    }
  });
});

Deno.test("a plugin sees nothing of what another keeps in localStorage and caches", async () => {
  await withPlugin(MAIN, {}, async (first) => {
    await withPlugin(MAIN, {}, async (second) => {
      assertEquals(await runTool(first, "remember", { text: "mine" }), "null, undefined");
      assertEquals(await runTool(first, "remember", { text: "mine" }), "mine, mine");
      assertEquals(await runTool(second, "remember", { text: "theirs" }), "null, undefined");
    });
  });
});

/** Links from a folder that a plugin may read to one that it may not. */
async function readLink(layers: readonly SandboxLayer[]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sigil-plugin-" });
  try {
    const path = join(folder, "link");
    await Deno.symlink(SECRET, path);
    return await asPlugin(
      { layers, readPaths: [folder] },
      `--allow-read=${folder}`,
      (plugin) => runTool(plugin, "read", { path }),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function fetchAllowed(
  port: number,
  layers: readonly SandboxLayer[],
  network: boolean,
): Promise<string> {
  const url = `http://127.0.0.1:${port}/`;
  return asPlugin({ layers, network }, `--allow-net=127.0.0.1:${port}`, (plugin) => {
    return runTool(plugin, "fetch", { url });
  });
}

async function asPlugin(
  sandbox: { layers: readonly SandboxLayer[]; readPaths?: string[]; network?: boolean },
  flag: string,
  run: (plugin: PluginProcess) => Promise<string>,
): Promise<string> {
  let told = "";
  const permissionFlags = [`--allow-read=${dirname(testFile(MAIN))}`, flag];
  await withPlugin(MAIN, { sandbox, permissionFlags }, async (plugin) => {
    told = await run(plugin);
  });
  return told;
}

async function withServer(run: (port: number) => Promise<void>): Promise<void> {
  const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
  await using server = Deno.serve(options, () => new Response("served"));
  await run(server.addr.port);
}
