// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PluginError } from "../errors.ts";
import { toolPlugin, versionTool } from "./testdata/plugins.ts";
import { TestManager } from "./testdata/test_manager.ts";

const HOT = "lifecycle: { hot_reload: true }";
const OLD = versionTool("old");
const NEW = versionTool("new");

Deno.test("PluginManager refuses files that nobody approved, and goes on with the old ones", async () => {
  await using test = await TestManager.open({ plugins: { p: toolPlugin("p", OLD) } });
  await test.manager.ready;
  const first = await test.manager.examine("p");
  assertEquals([first.isApproved, first.hash], [true, test.manager.get("p").hash]);
  await test.write("p", toolPlugin("p", NEW));
  const error = await assertRejects(() => test.manager.reload("p"), PluginError);
  assertEquals([error.code, test.manager.get("p").lastError?.code], ["unapproved", "unapproved"]);
  assertEquals(await test.run("p__version"), "old");
  const changed = await test.manager.examine("p");
  assertEquals([changed.isApproved, changed.hash === first.hash], [false, false]);
  const wrong = await assertRejects(() => test.manager.approve("p", first.hash), PluginError);
  assertEquals(wrong.code, "unapproved");
  assertEquals((await test.manager.approve("p", changed.hash)).hash, changed.hash);
  assertEquals((await test.manager.reload("p")).lastError, undefined);
  assertEquals(await test.run("p__version"), "new");
  const approvals = test.audit.filter(({ action }) => action === "plugin.approve");
  assertEquals(approvals.map(({ details }) => details), [
    { hash: first.hash, version: "1.0.0" },
    { hash: changed.hash, version: "1.0.0" },
  ]);
});

Deno.test("PluginManager never loads by itself a manifest that asks for more", async (t) => {
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    "a capability": ["capabilities: [sessions.read.self]", "Uses sessions.read.self"],
    "a folder": [
      "execution: { tier: process, sandbox: { filesystem: { read_allow: [/etc] } } }",
      "Reads /etc",
    ],
    "a host": [
      'execution: { tier: process, sandbox: { network: { allow: ["a.org:443"] } } }',
      "Connects to a.org on port 443",
    ],
  };
  for (const [name, [more, sentence]] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using test = await TestManager.open({ plugins: { p: toolPlugin("p", OLD, HOT) } });
      await test.manager.ready;
      await test.write("p", toolPlugin("p", NEW, `${HOT}\n${more}`));
      await test.until(() => test.clock.waits.includes(200));
      test.clock.advance(200);
      await test.until(() => test.manager.get("p").lastError !== undefined);
      const { state, lastError } = test.manager.get("p");
      assertEquals([state, lastError?.code], ["running", "unapproved"]);
      assertStringIncludes(lastError?.message ?? "", `(${sentence})`);
      assertEquals(await test.run("p__version"), "old");
      await test.manager.configure({ p: { enabled: false } });
      await test.manager.configure({ p: { enabled: true } });
      assertEquals([test.state("p"), test.manager.tools()], ["error", []]);
      assertEquals(test.manager.rules("p"), undefined);
      await test.manager.approve("p");
      assertEquals((await test.manager.reload("p")).state, "running");
    });
  }
});

Deno.test("PluginManager keeps an approval for the next gateway, and trusts none that it cannot read", async () => {
  await using test = await TestManager.open({ plugins: { p: toolPlugin("p", OLD) } });
  await test.manager.ready;
  const path = `${test.folder}/data/p/approved.json`;
  const approved = await Deno.readTextFile(path);
  for (const broken of ["", "{}", '{"hash":"1"}', '{"hash":1,"manifest":{}}', "[1"]) {
    await Deno.writeTextFile(path, broken);
    const error = await assertRejects(() => test.manager.reload("p"), PluginError);
    assertEquals(error.code, "unapproved", broken);
  }
  await Deno.writeTextFile(path, approved);
  assertEquals((await test.manager.reload("p")).lastError, undefined);
  const mode = ((await Deno.stat(path)).mode ?? 0) & 0o777;
  assertEquals(mode, 0o600);
});

Deno.test("PluginApproval.undo() takes an approval back, and no other", async (t) => {
  await using test = await TestManager.open({ plugins: { p: toolPlugin("p", OLD) } });
  await test.manager.ready;
  const path = `${test.folder}/data/p/approved.json`;
  const before = await Deno.readTextFile(path);
  const results = () =>
    test.audit.filter(({ action }) => action === "plugin.approve").map(({ result }) => result);
  await t.step("what was approved before is so again", async () => {
    await test.write("p", toolPlugin("p", NEW));
    const approval = await test.manager.approve("p");
    await approval.undo();
    assertEquals(await Deno.readTextFile(path), before);
    assertEquals((await test.manager.examine("p")).isApproved, false);
    assertEquals(results(), ["ok", "ok", "undone"]);
  });
  await t.step("what was approved since stays so", async () => {
    const approval = await test.manager.approve("p");
    await test.write("p", toolPlugin("p", versionTool("newer")));
    const { hash } = await test.manager.approve("p");
    await approval.undo();
    const examined = await test.manager.examine("p");
    assertEquals([examined.isApproved, examined.hash], [true, hash]);
  });
  await t.step("and what nobody had approved is not", async () => {
    await Deno.remove(path);
    const approval = await test.manager.approve("p");
    await approval.undo();
    assertEquals((await test.manager.examine("p")).isApproved, false);
    const names = Array.from(Deno.readDirSync(`${test.folder}/data/p`), ({ name }) => name);
    assertEquals(names.filter((name) => name.startsWith("approved")), []);
  });
});

Deno.test("PluginManager takes hot reload from what was approved, not from what asks for it", async () => {
  await using test = await TestManager.open({ plugins: { p: toolPlugin("p", OLD) } });
  await test.manager.ready;
  await test.write("p", toolPlugin("p", NEW, HOT));
  const error = await assertRejects(() => test.manager.reload("p"), PluginError);
  assertEquals(error.code, "unapproved");
  assertEquals(await test.run("p__version"), "old");
});

Deno.test("PluginManager keeps a plugin from what no hash covers", async (t) => {
  const read = (how: string) => `version: { description, input, execute: async () => ${how} }`;
  const path = 'new URL("./.g" + "it/x.ts", import.meta.url)';
  const ways: Readonly<Record<string, string>> = {
    "as a module": `String(await import(${path}.href))`,
    "as text": `await Deno.readTextFile(${path})`,
  };
  for (const [name, how] of Object.entries(ways)) {
    await t.step(name, async () => {
      const files = { ...toolPlugin("p", read(how)), ".git/x.ts": "export {};\n" };
      await using test = await TestManager.open({ plugins: { p: files } });
      await test.manager.ready;
      assertStringIncludes(await test.run("p__version"), "Requires read access");
    });
  }
  await t.step("in a container", async () => {
    const image = "execution: { tier: container, image: none }";
    const files = { ...toolPlugin("p", OLD, image), ".git/x.ts": "export {};\n" };
    const spawnContainer = () => Promise.reject(new Error("It was started"));
    await using test = await TestManager.open({ plugins: { p: files }, spawnContainer });
    await test.manager.ready;
    assertEquals(test.manager.get("p").lastError?.code, "unsafe");
  });
});

Deno.test("PluginManager takes approvals that come at once", async () => {
  await using test = await TestManager.open({ plugins: { p: toolPlugin("p", OLD) } });
  await test.manager.ready;
  const { hash } = await test.manager.examine("p");
  const approvals = await Promise.all(Array.from({ length: 9 }, () => test.manager.approve("p")));
  assertEquals(new Set(approvals.map((each) => each.hash)), new Set([hash]));
  const names = Array.from(Deno.readDirSync(`${test.folder}/data/p`), ({ name }) => name);
  assertEquals(names.filter((name) => name.startsWith("approved")), ["approved.json"]);
  assertEquals((await test.manager.examine("p")).isApproved, true);
});
