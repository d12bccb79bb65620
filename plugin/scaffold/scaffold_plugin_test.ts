// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { PluginError } from "../errors.ts";
import { namesIn, withFolder } from "../install/testdata/plugin_folder.ts";
import { inspectPlugin } from "../install/inspect_plugin.ts";
import { TestManager } from "../manager/testdata/test_manager.ts";
import { SCAFFOLD_TYPES, scaffoldPlugin } from "./scaffold_plugin.ts";

const ROOT = fileURLToPath(new URL("../../deno.json", import.meta.url));

async function deno(...args: string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return success ? "ok" : output;
}

for (const type of SCAFFOLD_TYPES) {
  Deno.test(`scaffoldPlugin() writes a ${type} plugin that is tidy and whose test passes`, () =>
    withFolder(async (folder) => {
      const { directory, files } = await scaffoldPlugin("hello-2", type, `${folder}/a/hello`);
      assertEquals(directory, `${folder}/a/hello`);
      assertEquals(files, await namesIn(directory));
      assertEquals((await inspectPlugin(directory)).modules, ["plugin.ts"]);
      const sources = [`${directory}/plugin.ts`, `${directory}/plugin_test.ts`];
      assertEquals(await deno("fmt", "--check", "--no-config", directory), "ok");
      assertEquals(await deno("check", "--config", ROOT, ...sources), "ok");
      assertEquals(await deno("test", "--allow-net=127.0.0.1", "--config", ROOT, directory), "ok");
    }));
}

Deno.test("scaffoldPlugin() writes plugins that the manager runs", async () => {
  await using test = await TestManager.open({ plugins: {}, config: {} });
  for (const type of SCAFFOLD_TYPES) {
    await scaffoldPlugin(`new-${type}`, type, `${test.folder}/plugins/new-${type}`);
  }
  const enabled = SCAFFOLD_TYPES.map((type) => [`new-${type}`, { enabled: true }]);
  await test.manager.configure(Object.fromEntries(enabled));
  assertEquals(test.manager.list().map(({ name, state, lastError }) => [name, state, lastError]), [
    ["new-channel", "running", undefined],
    ["new-provider", "running", undefined],
    ["new-tool", "running", undefined],
  ]);
  assertEquals(await test.run("new-tool__greet", { name: "Ada" }), "Hello, Ada!");
  const [provider] = test.manager.providers();
  assertEquals((await provider?.listModels())?.map(({ id }) => id), ["parrot"]);
});

Deno.test("scaffoldPlugin() names the place of the SDK that it is told", () =>
  withFolder(async (folder) => {
    await scaffoldPlugin("hello", "tool", folder, { sdk: "file:///srv/sigil/plugin/" });
    assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/deno.json`)), {
      imports: { "@sigil/plugin/": "file:///srv/sigil/plugin/" },
    });
  }));

Deno.test("scaffoldPlugin() writes over nothing", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/notes.txt`, "mine");
    const error = await assertRejects(() => scaffoldPlugin("hello", "tool", folder), PluginError);
    assertEquals([error.code, await namesIn(folder)], ["conflict", ["notes.txt"]]);
    const run = () => scaffoldPlugin("hello", "tool", `${folder}/notes.txt`);
    assertEquals((await assertRejects(run, PluginError)).code, "unavailable");
  }));

Deno.test("scaffoldPlugin() refuses names and types that are none", () =>
  withFolder(async (folder) => {
    for (const name of ["", "Hello", "a_b", "9a", "../a", "a".repeat(33)]) {
      await assertRejects(() => scaffoldPlugin(name, "tool", folder), RangeError, "Cannot name");
    }
    // @ts-expect-error A skill has no code, whatever the caller says.
    await assertRejects(() => scaffoldPlugin("hello", "skill", folder), RangeError, "of type");
    assertEquals(await namesIn(folder), []);
  }));
