// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PluginError } from "../errors.ts";
import { spawnContainer } from "../process/spawn_container.ts";
import {
  type EngineTests,
  type TestEngine,
  testWithEngine,
} from "../process/testdata/test_engine.ts";
import { CRASH, ECHO, toolPlugin } from "./testdata/plugins.ts";
import { TestManager } from "./testdata/test_manager.ts";

Deno.test("openPluginManager() runs plugins in containers", (t) => testWithEngine(t, WITH_ENGINE));

const WITH_ENGINE: EngineTests = {
  async "with their tools and settings, anew after a crash"(engine) {
    const plugins = { boxed: containerPlugin(engine, `${ECHO}, ${CRASH}`) };
    await using test = await TestManager.open({ plugins, spawnContainer });
    await test.manager.ready;
    assertEquals(test.state("boxed"), "running", test.manager.get("boxed").lastError?.message);
    assertEquals(await test.run("boxed__echo", { a: 1 }), '{"a":1}');
    assertStringIncludes(await test.run("boxed__crash").catch(String), "code 7");
    await test.until(() => test.state("boxed") === "error" && test.clock.waits.includes(500));
    test.clock.advance(500);
    await test.moved("boxed", "running", 2);
    assertEquals(await test.run("boxed__echo", { a: 2 }), '{"a":2}');
    await test.manager.close();
    assertEquals(test.recorded("boxed"), [
      "plugin.start ok",
      "plugin.crash error",
      "plugin.error error",
      "plugin.start ok",
      "plugin.stop ok",
    ]);
  },

  async "until a volume is over its limit"(engine) {
    const storage = "storage: { volumes: [{ name: media, mount: /media, size_limit: 1MB }] }";
    const plugins = { boxed: containerPlugin(engine, `${ECHO}, ${FILL}`, storage) };
    await using test = await TestManager.open({ plugins, spawnContainer });
    await test.manager.ready;
    assertEquals(await test.run("boxed__fill", { bytes: 100_000 }), "filled");
    await test.until(() => test.clock.waits.includes(1000));
    test.clock.advance(1000);
    assertEquals(await test.run("boxed__fill", { bytes: 5_000_000 }), "filled");
    await test.until(() => test.clock.waits.includes(1000));
    test.clock.advance(1000);
    await test.moved("boxed", "error");
    await test.until(() => test.recorded("boxed").includes("plugin.error error"));
    const { lastError, pid, crashes } = test.manager.get("boxed");
    assertEquals([lastError?.code, pid, crashes], ["over_limit", undefined, 0]);
    assertEquals(test.recorded("boxed"), [
      "plugin.start ok",
      "plugin.limit error",
      "plugin.error error",
    ]);
    const again = await assertRejects(() => test.manager.reload("boxed"), PluginError);
    assertEquals(again.code, "over_limit");
    await Deno.remove(`${test.folder}/data/boxed/files/volumes/media/a`);
    assertEquals((await test.manager.reload("boxed")).state, "running");
  },
};

const FILL = `fill: {
  description,
  input,
  async execute({ bytes }: { bytes: number }) {
    await Deno.writeFile("/media/a", new Uint8Array(bytes).fill(1));
    return "filled";
  },
}`;

function containerPlugin({ image }: TestEngine, tools: string, more = ""): Record<string, string> {
  const execution = `execution: { tier: container, image: "${image}" }`;
  const files = toolPlugin("boxed", tools, `${execution}\n${more}`);
  return { "plugin.yaml": files["plugin.yaml"] ?? "", "main.ts": files["plugin.ts"] ?? "" };
}
