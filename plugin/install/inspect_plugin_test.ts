// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PluginError } from "../errors.ts";
import { hashPlugin } from "./hash_plugin.ts";
import { inspectPlugin } from "./inspect_plugin.ts";
import { ECHO, type Files, withFolder, writeFiles } from "./testdata/plugin_folder.ts";

Deno.test("inspectPlugin() tells what a plugin is and asks for", () =>
  withFolder(async (folder) => {
    const main = `import type { Nothing } from "@sigil/plugin/sdk";
import { helper } from "./lib/helper.ts";
import words from "./words.json" with { type: "json" };
import { join } from "node:path";
const later = await import("./lib/later.ts");
export default { helper, words, join, later } satisfies Nothing;
`;
    const files: Files = {
      "plugin.yaml": `${ECHO["plugin.yaml"]?.replace(" }", ", capabilities: [tool.echo] }")}`,
      "plugin.ts": main,
      "lib/helper.ts": 'export { later as helper } from "./later.ts";\n',
      "lib/later.ts": "export const later = 1;\n",
      "words.json": "[]",
      "README.md": "# Echo\n",
    };
    await writeFiles(folder, files);
    const { manifest, modules, ...rest } = await inspectPlugin(`${folder}/`);
    assertEquals(manifest.name, "echo");
    assertEquals(modules.toSorted(), [
      "lib/helper.ts",
      "lib/later.ts",
      "plugin.ts",
      "words.json",
    ]);
    assertEquals(rest, {
      directory: folder,
      hash: await hashPlugin(folder),
      files: 6,
      bytes: Object.values(files).reduce((sum, text) => sum + text.length, 0),
      asks: ["Runs in a process of its own", "Uses tool.echo"],
    });
  }));

Deno.test("inspectPlugin() refuses modules that leave the folder or cannot be read", async (t) => {
  const cases: [string, string, string][] = [
    [
      "a file of the machine as text",
      'import x from "/etc/hostname" with { type: "text" };',
      "outside its folder",
    ],
    [
      "a file of the machine as bytes",
      'import x from "/etc/hostname" with { type: "bytes" };',
      "outside its folder",
    ],
    [
      "a file of the machine as JSON",
      'import x from "/etc/x.json" with { type: "json" };',
      "outside its folder",
    ],
    [
      "a file without end",
      'import x from "/dev/zero" with { type: "json" };',
      "outside its folder",
    ],
    ["a module of the machine", 'import "/usr/lib/x.js";', "outside its folder"],
    ["a neighbour", 'import "../other/plugin.ts";', "outside its folder"],
    ["a neighbour with a longer name", 'import "../new2/plugin.ts";', "outside its folder"],
    ["a file URL", 'import "file:///etc/x.js";', "outside its folder"],
    ["an export", 'export * from "../x.ts";', "outside its folder"],
    ["a dynamic import of a literal", 'await import("../x.ts");', "outside its folder"],
    ["WebAssembly", 'import { a } from "../x.wasm";', "outside its folder"],
    ["a module in a module", 'import "./inner.ts";', "inner.ts"],
    ["npm", 'import ms from "npm:ms@2";', "bundle it"],
    ["JSR", 'import "jsr:@std/path@1";', "bundle it"],
    ["the web", 'import "https://example.com/x.ts";', "bundle it"],
    ["a bare name", 'import "lodash";', "nowhere to be found"],
    ["a file that is missing", 'import "./gone.ts";', ""],
    ["what is no part of it", 'import "./.git/x.ts";', "no part of the plugin"],
    ["the same later on", 'await import("./.git/x.ts");', "no part of the plugin"],
    ["a mistake in the text", "this is no TypeScript", "SyntaxError"],
  ];
  for (const [name, main, reason] of cases) {
    await t.step(name, () =>
      withFolder(async (folder) => {
        const inner = 'import "../../x.ts";\n';
        await writeFiles(folder, {
          ...ECHO,
          "plugin.ts": `${main}\n`,
          "inner.ts": inner,
          ".git/x.ts": "export {};\n",
        });
        const error = await assertRejects(() => inspectPlugin(folder), PluginError, reason);
        assertEquals(error.code, "unsafe");
        assertStringIncludes(error.message, `Cannot use the plugin file "${folder}/`);
      }));
  }
});

Deno.test("inspectPlugin() refuses what is neither file nor folder", async (t) => {
  const cases: [string, (folder: string) => Promise<unknown>][] = [
    ["a link to a file", (folder) => Deno.symlink("/etc/hostname", `${folder}/a`)],
    ["a link to a folder", (folder) => Deno.symlink("/etc", `${folder}/a`)],
    ["a link to nothing", (folder) => Deno.symlink("nowhere", `${folder}/a`)],
    ["a link within the folder", (folder) => Deno.symlink("plugin.ts", `${folder}/a`)],
    ["a link deep inside", async (folder) => {
      await Deno.mkdir(`${folder}/b/c`, { recursive: true });
      await Deno.symlink("/etc", `${folder}/b/c/a`);
    }],
    ["a pipe", (folder) => new Deno.Command("mkfifo", { args: [`${folder}/a`] }).output()],
    ["a name with a line break", (folder) => Deno.writeTextFile(`${folder}/a\nb`, "")],
    ["a name with a backslash", (folder) => Deno.writeTextFile(`${folder}/a\\b`, "")],
  ];
  for (const [name, prepare] of cases) {
    await t.step(name, () =>
      withFolder(async (folder) => {
        await writeFiles(folder, ECHO);
        await prepare(folder);
        const error = await assertRejects(() => inspectPlugin(folder), PluginError);
        assertEquals(error.code, "unsafe");
      }));
  }
});

Deno.test("inspectPlugin() refuses a plugin that is too large", async (t) => {
  await t.step("in bytes", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, ECHO);
      await Deno.writeTextFile(`${folder}/a`, "");
      await Deno.truncate(`${folder}/a`, 65 * 1024 * 1024);
      await assertRejects(() => inspectPlugin(folder), PluginError, "larger than");
    }));
  await t.step("in files", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, ECHO);
      for (let index = 0; index < 4100; index++) Deno.writeTextFileSync(`${folder}/${index}`, "");
      await assertRejects(() => inspectPlugin(folder), PluginError, "more than 4096 files");
    }));
  await t.step("in the length of a path", () =>
    withFolder(async (folder) => {
      await writeFiles(folder, {
        ...ECHO,
        [`${"a".repeat(200)}/${"b".repeat(200)}/${"c".repeat(200)}`]: "",
      });
      await assertRejects(() => inspectPlugin(folder), PluginError, "too long");
    }));
});

Deno.test("inspectPlugin() looks for the module that the manifest names", async (t) => {
  const manifest = (more: string) => ECHO["plugin.yaml"]?.replace(" }", `, ${more} }`) ?? "";
  const refused: [string, Files, string][] = [
    ["none", { "plugin.yaml": manifest("license: MIT") }, 'plugin.ts": there is no such file'],
    ["another", {
      ...ECHO,
      "plugin.yaml": manifest("execution: { tier: process, main: a.ts }"),
    }, 'a.ts": there is no such file, and plugin.yaml says to run it'],
    ["WebAssembly", {
      ...ECHO,
      "plugin.yaml": manifest("execution: { tier: wasm }"),
    }, 'plugin.wasm": there is no such file'],
  ];
  for (const [name, files, reason] of refused) {
    await t.step(`${name} is missing`, () =>
      withFolder(async (folder) => {
        await writeFiles(folder, files);
        await assertRejects(() => inspectPlugin(folder), PluginError, reason);
      }));
  }
  const accepted: [string, Files, string[]][] = [
    ["a named one", {
      "plugin.yaml": manifest("execution: { tier: process, main: a.ts }"),
      "a.ts": "",
    }, ["a.ts"]],
    [
      "WebAssembly",
      { "plugin.yaml": manifest("execution: { tier: wasm }"), "plugin.wasm": "" },
      [],
    ],
    [
      "none in a container",
      { "plugin.yaml": manifest("execution: { tier: container, image: a }") },
      [],
    ],
    ["none in a skill", { "plugin.yaml": manifest("license: MIT").replace("tool", "skill") }, []],
  ];
  for (const [name, files, modules] of accepted) {
    await t.step(`${name} is enough`, () =>
      withFolder(async (folder) => {
        await writeFiles(folder, files);
        assertEquals((await inspectPlugin(folder)).modules, modules);
      }));
  }
});

Deno.test("inspectPlugin() runs nothing of the plugin", () =>
  withFolder(async (folder) => {
    const main = `Deno.writeTextFileSync(${JSON.stringify(`${folder}/ran`)}, "");\n`;
    await writeFiles(folder, { ...ECHO, "plugin.ts": main });
    assertEquals((await inspectPlugin(folder)).files, 2);
    await assertRejects(() => Deno.lstat(`${folder}/ran`), Deno.errors.NotFound);
  }));

Deno.test("inspectPlugin() refuses a path that is not absolute", async () => {
  await assertRejects(() => inspectPlugin("echo"), TypeError);
});

Deno.test("inspectPlugin() rejects with the reason of its signal", () =>
  withFolder(async (folder) => {
    await writeFiles(folder, ECHO);
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    assertEquals(await assertRejects(() => inspectPlugin(folder, { signal })), reason);
  }));
