// SPDX-License-Identifier: Apache-2.0

/** Modules that misbehave in the wasm tier, in real processes. */

import { PluginError } from "@sigil/plugin";
import { type PluginProcess, spawnPlugin, type SpawnPluginOptions } from "@sigil/plugin/process";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { compileWasm } from "../../examples/plugins/wordcount_wasm/compile.ts";
import { layerCases, runTool } from "../../plugin/process/testdata/spawn_test_plugin.ts";

const HOSTILE = await compileWasm(new URL("testdata/hostile_wasm.ts", import.meta.url));

const PAGE = 64 * 1024;

/** Runs a test with a process of the hostile module. */
async function withHostile(
  options: Partial<SpawnPluginOptions>,
  test: (plugin: PluginProcess) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sigil_wasm_" });
  try {
    await Deno.writeFile(`${folder}/plugin.wasm`, HOSTILE);
    await using plugin = await spawnPlugin({
      plugin: "hostile",
      main: `${folder}/plugin.wasm`,
      permissionFlags: [],
      denoDirectory: `${folder}/deno`,
      ...options,
    });
    await plugin.init({});
    await test(plugin);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a module that loops is ended with its process when its caller has left", async () => {
  const lines: string[] = [];
  await withHostile({ onStderr: (line) => lines.push(line) }, async (plugin) => {
    const call = { name: "loop", input: {}, sessionId: "s" };
    const timed = Array.fromAsync(plugin.tools.execute(call, { timeoutMs: 300 }));
    assertEquals((await assertRejects(() => timed, PluginError)).code, "timeout");
    const { code, error } = await plugin.exited;
    assertEquals([code, error?.code], [1, "crashed"]);
    assertEquals(lines, ["A call was cancelled and did not end"]);
  });
});

Deno.test("a module that loops holds up neither health nor shutdown", async () => {
  await withHostile({}, async (plugin) => {
    const call = { name: "loop", input: {}, sessionId: "s" };
    const looping = Array.fromAsync(plugin.tools.execute(call)).catch((error) => error);
    assertEquals((await plugin.health()).status, "healthy");
    await plugin.stop({ graceMs: 200 });
    assertEquals((await looping) instanceof PluginError, true);
  });
});

Deno.test("a module that grows gets the pages of its limit and no more", async () => {
  const memoryBytes = 32 * 1024 * 1024;
  await withHostile({ sandbox: { layers: [], memoryBytes } }, async (plugin) => {
    const pages = Number(await runTool(plugin, "grow"));
    assertEquals(pages > 0 && pages * PAGE <= memoryBytes, true, `${pages} pages`);
  });
});

for (const { name, layers, skip } of await layerCases()) {
  if (!layers.includes("prlimit")) continue;
  Deno.test({
    name: `a module that takes all memory of the runtime ends its process, with ${name}${
      skip && `: ${skip}`
    }`,
    ignore: skip !== "",
    fn: async () => {
      const sandbox = { layers, memoryBytes: 64 * 1024 * 1024 };
      await withHostile({ sandbox }, async (plugin) => {
        const call = { name: "hog", input: {}, sessionId: "s" };
        const chunks = await Array.fromAsync(plugin.tools.execute(call, { timeoutMs: 20_000 }))
          .catch((error) => error);
        // Either the runtime refuses the next allocation, or the system ends the process.
        if (chunks instanceof PluginError) assertEquals(chunks.code, "crashed");
        else assertEquals(chunks.at(-1).type, "error");
      });
    },
  });
}

Deno.test("a module that traps or fails fails alone", async () => {
  await withHostile({}, async (plugin) => {
    assertStringIncludes(await runTool(plugin, "trap"), "unreachable");
    assertStringIncludes(await runTool(plugin, "fail"), "no more");
    assertEquals(await runTool(plugin, "count"), "1");
  });
});

Deno.test("nothing of a call is left for the next one", async () => {
  await withHostile({}, async (plugin) => {
    for (let call = 0; call < 2; call++) {
      assertEquals(await runTool(plugin, "count"), "1");
      assertEquals(await runTool(plugin, "remember"), "nothing");
    }
  });
});

Deno.test("a module takes no permission, and what is no module is no plugin", async () => {
  const permissionFlags = ["--allow-read=/srv"];
  await assertRejects(() => withHostile({ permissionFlags }, async () => {}), TypeError);
  const folder = await Deno.makeTempDir({ prefix: "sigil_wasm_" });
  try {
    await Deno.writeTextFile(`${folder}/plugin.wasm`, "not WebAssembly");
    const started = () => withHostile({ main: `${folder}/plugin.wasm` }, async () => {});
    assertEquals((await assertRejects(started, PluginError)).code, "crashed");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
