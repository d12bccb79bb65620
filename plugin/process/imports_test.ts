// SPDX-License-Identifier: Apache-2.0

import { assertMatch, assertNotEquals } from "@std/assert";
import type { PluginProcess } from "./plugin_process.ts";
import { layerCases, runTool, testFile, withPlugin } from "./testdata/spawn_test_plugin.ts";

const MAIN = "imports/main.ts";

/** Deno's refusal, or the file system's where bwrap hides the file. */
const REFUSED = /^\[.*(Requires read access|not found|No such file|Cannot find).*\]$/s;

const FOUND = /^found .*a secret/;

/** What even a plugin that may read everything around it does not get. */
const NEVER = "the environment of the process";

Deno.test("a plugin finds no way to a file outside of its folder", async (t) => {
  for (const { name, layers, skip } of await layerCases()) {
    await t.step({
      name: skip === "" ? name : `${name}: ${skip}`,
      ignore: skip !== "",
      fn: (t) =>
        withPlugin(MAIN, { layers }, async (plugin) => {
          await goEachWay(t, plugin, () => REFUSED);
        }),
    });
  }
});

Deno.test("every way leads there when the folder around it may be read", async (t) => {
  const permissionFlags = [`--allow-read=${testFile(".")}`];
  await withPlugin(MAIN, { permissionFlags }, async (plugin) => {
    await goEachWay(t, plugin, (way) => way === NEVER ? REFUSED : FOUND);
  });
});

async function goEachWay(
  t: Deno.TestContext,
  plugin: PluginProcess,
  expected: (way: string) => RegExp,
): Promise<void> {
  const ways: string[] = JSON.parse(await runTool(plugin, "ways"));
  assertNotEquals(ways, []);
  for (const way of ways) {
    await t.step(way, async () => {
      assertMatch(await runTool(plugin, "go", { way }), expected(way));
    });
  }
}
