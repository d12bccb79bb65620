// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes } from "@std/assert";
import { spawnContainer } from "../process/spawn_container.ts";
import { openTestEngine, type TestEngine } from "../process/testdata/test_engine.ts";
import { CRASH, ECHO, toolPlugin } from "./testdata/plugins.ts";
import { TestManager } from "./testdata/test_manager.ts";

Deno.test("openPluginManager() runs plugins in containers", async (t) => {
  await using engine = await openTestEngine();
  const { reason } = engine;
  for (const [name, fn] of Object.entries(WITH_ENGINE)) {
    await t.step({
      name: reason === "" ? name : `${name}: ${reason}`,
      ignore: reason !== "",
      fn: () => fn(engine),
    });
  }
});

const WITH_ENGINE: Readonly<Record<string, (engine: TestEngine) => Promise<void>>> = {
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
    assertEquals((await engine.ask("ps", "--all", "--quiet")).output, "");
  },
};

function containerPlugin({ image }: TestEngine, tools: string, more = ""): Record<string, string> {
  const execution = `execution: { tier: container, image: "${image}" }`;
  const files = toolPlugin("boxed", tools, `${execution}\n${more}`);
  return { "plugin.yaml": files["plugin.yaml"] ?? "", "main.ts": files["plugin.ts"] ?? "" };
}
