// SPDX-License-Identifier: Apache-2.0

/**
 * Each module needs exactly the permissions that the table in its README declares: with them a
 * script that uses it runs, and without any one of them it does not.
 */

import { assert, assertEquals } from "@std/assert";
import { openVendorServer, recorded } from "../provider/ai_sdk/testdata/vendor_server.ts";
import { PROJECT_ROOT } from "../tools/workspace.ts";
import { checkPermissions, dropEach, parsePermissionTable } from "./_permissions.ts";

/** A script that uses a module in one way, and what it finds there. */
interface Use {
  /** In `permissions/`. */
  readonly script: string;
  /** The files in `<dir>`, by their paths from the root of the project. */
  readonly files?: readonly string[];
  /** The recorded answer of the server that stands for the vendor's host; a list of models if none. */
  readonly answer?: string;
  /** The arguments, given where that server is. */
  readonly args?: (url: string) => readonly string[];
}

const CONFIG = ["tests/permissions/sigil.yaml"];

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
    "`recall` in memory": { script: "store_recall_inmem.ts" },
    "`recall` with a folder": { script: "store_recall_folder.ts" },
    '`sqlite-vec` on `":memory:"`': { script: "store_sqlite_vec.ts" },
  },
  config: {
    "importing `@sigil/config`, `makeConfig()`, `validateConfig()`, `redactConfig()`, `configJsonSchema()`":
      { script: "config_import.ts" },
    "`parseConfig()`, `updateConfigText()`": { script: "config_parse.ts" },
    "`loadConfig()` with `env`": { script: "config_load_with_env.ts", files: CONFIG },
    "`loadConfig()`": { script: "config_load.ts", files: CONFIG },
    "`watchConfig()` with `env`": { script: "config_watch_with_env.ts", files: CONFIG },
    "`watchConfig()`": { script: "config_watch.ts", files: CONFIG },
  },
  provider: {
    "importing `@sigil/provider`, `createRouter`": { script: "provider_import.ts" },
    "`openLocalProvider`": { script: "provider_local.ts" },
    "`discoverProviders` with `ollamaUrl: false`": { script: "provider_discover.ts" },
    "`discoverProviders`": { script: "provider_discover.ts", args: (url) => [url] },
    "type `anthropic`": vendor("anthropic", "anthropic_text.sse"),
    "type `openai`": vendor("openai", "openai_responses_text.sse"),
    "type `google`": vendor("google", "google_text.sse"),
    "type `openrouter`": vendor("openrouter", "openai_chat_text.sse"),
    "type `ollama`": vendor("ollama", "openai_chat_text.sse"),
    "type `openai-compatible`": vendor("openai-compatible", "openai_chat_text.sse"),
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
        const tried = uses[use];
        assert(tried !== undefined);
        assertEquals(await tryUse(tried, flags), []);
      });
    }
  });
}

/** Chats once with a vendor, whose recorded answer a server on this machine gives. */
function vendor(type: string, answer: string): Use {
  return { script: "provider_chat.ts", answer, args: (url) => [type, url] };
}

async function tryUse(use: Use, flags: readonly string[]): Promise<readonly string[]> {
  const { script, files = [], answer, args = () => [] } = use;
  const models = { models: [{ name: "llama" }] };
  await using server = openVendorServer(() =>
    answer === undefined ? Response.json(models) : recorded(answer)
  );
  return await checkPermissions(new URL(`permissions/${script}`, import.meta.url), flags, {
    files: files.map((file) => new URL(file, PROJECT_ROOT)),
    host: new URL(server.url).host,
    args: args(server.url),
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
