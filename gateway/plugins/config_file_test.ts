// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { makeTempDir } from "../../tests/gateway/_temp_dir.ts";
import { GatewayError } from "../errors.ts";
import { writePluginEnabled } from "./config_file.ts";

Deno.test("writePluginEnabled() changes one word of the file", async (t) => {
  const cases: Record<string, readonly [string | undefined, string]> = {
    "no file": [undefined, "plugins:\n  hello:\n    enabled: true\n"],
    "an empty section": ["plugins:\n", "plugins:\n  hello:\n    enabled: true\n"],
    "one that is disabled": [
      "plugins:\n  hello: # greets\n    enabled: false\n",
      "plugins:\n  hello: # greets\n    enabled: true\n",
    ],
    "one that has a secret": [
      "plugins:\n  hello:\n    enabled: false\n    config:\n      key: ${HELLO_KEY}\n",
      "plugins:\n  hello:\n    enabled: true\n    config:\n      key: ${HELLO_KEY}\n",
    ],
    "one that is enabled": [
      "plugins: { hello: { enabled: true } }\n",
      "plugins: { hello: { enabled: true } }\n",
    ],
  };
  Deno.env.set("HELLO_KEY", "s3cr3t");
  for (const [name, [before, after]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const path = `${await makeTempDir()}/sigil.yaml`;
      if (before !== undefined) await Deno.writeTextFile(path, before, { mode: 0o640 });
      await writePluginEnabled(path, "hello", true);
      assertEquals(await Deno.readTextFile(path), after);
      const mode = ((await Deno.stat(path)).mode ?? 0) & 0o777;
      assertEquals(mode, before === undefined ? 0o600 : 0o640);
    });
  }
  Deno.env.delete("HELLO_KEY");
});

Deno.test("writePluginEnabled() gives a way back", async (t) => {
  const before = "# mine\nplugins:\n  hello: { enabled: false } # greets\n";
  await t.step("to what was there", async () => {
    const path = `${await makeTempDir()}/sigil.yaml`;
    await Deno.writeTextFile(path, before, { mode: 0o640 });
    await (await writePluginEnabled(path, "hello", true))();
    assertEquals(await Deno.readTextFile(path), before);
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o640);
  });
  await t.step("to no file", async () => {
    const path = `${await makeTempDir()}/sigil.yaml`;
    await (await writePluginEnabled(path, "hello", true))();
    await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
  });
  await t.step("that keeps what somebody wrote meanwhile", async () => {
    const path = `${await makeTempDir()}/sigil.yaml`;
    await Deno.writeTextFile(path, before);
    const undo = await writePluginEnabled(path, "hello", true);
    const more = "models:\n  default: local/recall\n";
    await Deno.writeTextFile(path, more, { append: true });
    await undo();
    assertEquals(await Deno.readTextFile(path), before + more);
  });
  await t.step("which is none where nothing was changed", async () => {
    const path = `${await makeTempDir()}/sigil.yaml`;
    await Deno.writeTextFile(path, "plugins: { hello: { enabled: true } }\n");
    await (await writePluginEnabled(path, "hello", true))();
    assertEquals(await Deno.readTextFile(path), "plugins: { hello: { enabled: true } }\n");
  });
});

Deno.test("writePluginEnabled() leaves alone what it cannot change", async () => {
  const folder = await makeTempDir();
  const path = `${folder}/sigil.yaml`;
  await Deno.writeTextFile(path, "plugins: [\n");
  await assertRejects(() => writePluginEnabled(path, "hello", true), GatewayError);
  assertEquals(await Deno.readTextFile(path), "plugins: [\n");
  const needed = "plugins:\n  chat:\n    enabled: true\nchannels:\n  chat: {}\n";
  await Deno.writeTextFile(path, needed);
  const refused = () => writePluginEnabled(path, "chat", false);
  await assertRejects(refused, GatewayError, 'The plugin "chat" is not enabled');
  assertEquals(await Deno.readTextFile(path), needed);
  const missing = `${folder}/no/such/sigil.yaml`;
  const error = await assertRejects(
    () => writePluginEnabled(missing, "hello", false),
    GatewayError,
    'Cannot disable plugin "hello"',
  );
  assertEquals([error.code, error.nextStep], [
    "plugin_failed",
    "Set plugins.hello.enabled to false in that file by hand",
  ]);
  await assertRejects(() => writePluginEnabled(folder, "hello", true), GatewayError);
});
