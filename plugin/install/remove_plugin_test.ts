// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "../errors.ts";
import { removePlugin } from "./remove_plugin.ts";
import { ECHO, namesIn, withFolder, writeFiles } from "./testdata/plugin_folder.ts";

Deno.test("removePlugin() removes a plugin, be its manifest broken, and no other", () =>
  withFolder(async (folder) => {
    await writeFiles(`${folder}/echo`, { ...ECHO, "lib/a.ts": "" });
    await writeFiles(`${folder}/broken`, { "plugin.yaml": "?" });
    await writeFiles(`${folder}/other`, ECHO);
    await removePlugin("echo", folder);
    await removePlugin("broken", `${folder}/`);
    assertEquals(await namesIn(folder), ["other"]);
  }));

Deno.test("removePlugin() removes nothing that is no plugin", () =>
  withFolder(async (folder) => {
    await writeFiles(`${folder}/plugins/notes`, { "today.md": "" });
    await Deno.writeTextFile(`${folder}/plugins/file`, "");
    await writeFiles(`${folder}/elsewhere`, ECHO);
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/plugins/link`);
    const cases: [string, PluginError["code"]][] = [
      ["gone", "not_found"],
      ["", "not_found"],
      [".", "not_found"],
      ["..", "not_found"],
      ["../elsewhere", "not_found"],
      ["link", "not_found"],
      ["file", "not_found"],
      ["notes", "unsafe"],
    ];
    for (const [name, code] of cases) {
      const run = () => removePlugin(name, `${folder}/plugins`);
      assertEquals((await assertRejects(run, PluginError)).code, code, name);
    }
    assertEquals(await namesIn(`${folder}/plugins`), ["file", "link", "notes"]);
    assertEquals(await namesIn(`${folder}/elsewhere`), ["plugin.ts", "plugin.yaml"]);
  }));
