// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { PluginError } from "../errors.ts";
import { hashPlugin } from "./hash_plugin.ts";
import { ECHO, type Files, withFolder, writeFiles } from "./testdata/plugin_folder.ts";

async function hashOf(files: Files): Promise<string> {
  let hash = "";
  await withFolder(async (folder) => {
    await writeFiles(folder, files);
    hash = await hashPlugin(folder);
  });
  return hash;
}

Deno.test("hashPlugin() is what its documented command prints", () =>
  withFolder(async (folder) => {
    await writeFiles(folder, { ...ECHO, "a/b.txt": "b", "a.txt": "a", "a-.txt": "", "é.txt": "é" });
    const script = "find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum";
    const command = new Deno.Command("sh", { args: ["-c", script], cwd: folder });
    const printed = new TextDecoder().decode((await command.output()).stdout);
    assertEquals(`${await hashPlugin(folder)}  -\n`, printed);
  }));

Deno.test("hashPlugin() is the same for the same files and another for others", async () => {
  const hash = await hashOf(ECHO);
  assertEquals(await hashOf({ ...ECHO }), hash);
  const others: Files[] = [
    {},
    { "plugin.yaml": ECHO["plugin.yaml"] ?? "" },
    { ...ECHO, "plugin.ts": "export default {}\n" },
    { ...ECHO, "empty.txt": "" },
    { "plugin.yaml": ECHO["plugin.ts"] ?? "", "plugin.ts": ECHO["plugin.yaml"] ?? "" },
  ];
  for (const files of others) assertNotEquals(await hashOf(files), hash);
  assertEquals(await hashOf({ ...ECHO, ".git/config": "x" }), hash);
});

Deno.test("hashPlugin() refuses a link", () =>
  withFolder(async (folder) => {
    await Deno.symlink("/etc/hostname", `${folder}/hostname`);
    const error = await assertRejects(() => hashPlugin(folder), PluginError, "it is a link");
    assertEquals(error.code, "unsafe");
  }));

Deno.test("hashPlugin() rejects with the reason of its signal", () =>
  withFolder(async (folder) => {
    await writeFiles(folder, ECHO);
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    assertEquals(await assertRejects(() => hashPlugin(folder, { signal })), reason);
  }));
