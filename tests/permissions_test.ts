// SPDX-License-Identifier: Apache-2.0

/**
 * Each module needs exactly the permissions that the table in its README declares: with them a
 * script that uses it runs, and without any one of them it does not.
 */

import { assert, assertEquals } from "@std/assert";
import { PROJECT_ROOT } from "../tools/workspace.ts";
import { checkPermissions, dropEach, parsePermissionTable } from "./_permissions.ts";

/** A script that uses a module in one way, and the files that it finds in `<dir>`. */
interface Use {
  readonly script: string;
  readonly files?: readonly string[];
}

/** For every row of every module's table, how it is tried. */
const USES: Readonly<Record<string, Readonly<Record<string, Use>>>> = {
  gen: {
    "importing `@sigil/proto`": { script: "proto_import.ts" },
  },
  store: {
    "importing `@sigil/store`": { script: "store_import.ts" },
    "`inmem`": { script: "store_inmem.ts" },
    '`sqlite` on `":memory:"`': { script: "store_sqlite_memory.ts" },
    "`sqlite` on files in a folder": { script: "store_sqlite_files.ts" },
    '`sqlite-vec` on `":memory:"`': { script: "store_sqlite_vec.ts" },
  },
  plugin: {
    "importing `@sigil/plugin`": { script: "plugin_import.ts" },
    "`parseManifest()`": { script: "plugin_parse_manifest.ts" },
    "`loadManifest()` on a folder": {
      script: "plugin_load_manifest.ts",
      files: ["plugin/testdata/every_field/plugin.yaml"],
    },
  },
};

for (const [module, uses] of Object.entries(USES)) {
  Deno.test(`${module} needs the permissions that its README declares`, async (t) => {
    const readme = await Deno.readTextFile(new URL(`${module}/README.md`, PROJECT_ROOT));
    const rows = parsePermissionTable(readme);
    assertEquals(rows.map((row) => row.use), Object.keys(uses));
    for (const { use, flags } of rows) {
      await t.step(use, async () => {
        const { script = "", files = [] } = uses[use] ?? {};
        const url = new URL(`permissions/${script}`, import.meta.url);
        const found = files.map((file) => new URL(file, PROJECT_ROOT));
        assertEquals(await checkPermissions(url, flags, found), []);
      });
    }
  });
}

Deno.test("checkPermissions() finds a flag too few and a flag too many", async (t) => {
  const script = new URL("permissions/store_sqlite_files.ts", import.meta.url);
  await t.step("too few", async () => {
    const problems = await checkPermissions(script, ["--allow-read=<dir>"]);
    assertEquals(problems.length, 1);
    assert(problems[0]?.startsWith("needs more"));
  });
  await t.step("too many", async () => {
    const flags = ["--allow-read=<dir>", "--allow-write=<dir>", "--allow-env=HOME"];
    assertEquals(await checkPermissions(script, flags), ['does not need "--allow-env=HOME"']);
  });
  await t.step("a failure for another reason", async () => {
    const broken = new URL("permissions/no_such_script.ts", import.meta.url);
    const problems = await checkPermissions(broken, ["--allow-read=<dir>"]);
    assertEquals(problems.length, 2);
  });
});

Deno.test("parsePermissionTable() reads the rows under the heading, and no others", () => {
  const markdown =
    "# x\n\n| a | b |\n| - | - |\n| c | `--allow-all` |\n\n## Permissions\n\nText.\n\n" +
    "| what | flags |\n| ---- | ----- |\n| `a()` | none |\n" +
    "| b | `--allow-read=<dir> --allow-env=A,B` and `--allow-ffi` (whole) |\n\n" +
    "## Errors\n\n| c | d |\n| - | - |\n| e | `--allow-net` |\n";
  assertEquals(parsePermissionTable(markdown), [
    { use: "`a()`", flags: [] },
    { use: "b", flags: ["--allow-read=<dir>", "--allow-env=A,B", "--allow-ffi"] },
  ]);
  assertEquals(parsePermissionTable("# nothing\n"), []);
});

Deno.test("dropEach() drops each flag, and each value of a list", () => {
  assertEquals(dropEach([]), []);
  assertEquals(dropEach(["--allow-ffi", "--allow-env=A,B"]), [
    { dropped: "--allow-ffi", left: ["--allow-env=A,B"] },
    { dropped: "--allow-env=A", left: ["--allow-ffi", "--allow-env=B"] },
    { dropped: "--allow-env=B", left: ["--allow-ffi", "--allow-env=A"] },
  ]);
});
