// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { dirname } from "node:path";

const IMPORT = ["--allow-env=LOG_TOKENS", "--allow-env=LOG_STREAM"];
const DATA = await Deno.realPath(await Deno.makeTempDir({ prefix: "sigil_permissions_" }));
globalThis.addEventListener("unload", () => Deno.removeSync(DATA, { recursive: true }));
const FOLDER = new URL("./testdata/echo", import.meta.url).pathname;

/** The least that the docs and the README name, by the script that needs it. */
const LEAST: Readonly<Record<string, readonly string[]>> = {
  "load_manifest.ts": [...IMPORT, `--allow-read=${FOLDER}`],
  "inspect_plugin.ts": [
    ...IMPORT,
    `--allow-read=${FOLDER}`,
    `--allow-write=${dirname(DATA)}`,
    `--allow-run=${Deno.execPath()}`,
  ],
  "open_plugin_manager.ts": [
    ...IMPORT,
    `--allow-read=${FOLDER}`,
    `--allow-read=${DATA}`,
    `--allow-write=${dirname(DATA)}`,
    `--allow-run=${Deno.execPath()}`,
  ],
};

async function run(
  script: string,
  flags: readonly string[],
): Promise<{ code: number; stderr: string }> {
  const main = new URL(`./testdata/permissions/${script}`, import.meta.url).pathname;
  const args = ["run", "--quiet", "--no-prompt", "--cached-only", ...flags, main, FOLDER, DATA];
  const command = new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "piped" });
  const { code, stderr } = await command.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

for (const [script, flags] of Object.entries(LEAST)) {
  Deno.test(`${script} needs exactly the documented permissions`, async (t) => {
    await t.step("all of them are enough", async () => {
      assertEquals(await run(script, flags), { code: 0, stderr: "" });
    });
    for (const dropped of flags) {
      const [kind = "", what = ""] = dropped.split("=");
      await t.step(`not without ${kind} of ${what.split("/").at(-1)}`, async () => {
        const { code, stderr } = await run(script, flags.filter((flag) => flag !== dropped));
        assertNotEquals(code, 0);
        assertStringIncludes(stderr, "Requires");
      });
    }
  });
}
