// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";

const FOLDER = new URL("./testdata/every_field", import.meta.url).pathname;
const SCRIPT = new URL("./testdata/permissions/load_manifest.ts", import.meta.url).pathname;

/** The least that the module's docs and README name. */
const FLAGS = [
  "--allow-env=LOG_TOKENS",
  "--allow-env=LOG_STREAM",
  `--allow-read=${FOLDER}`,
];

async function run(flags: readonly string[]): Promise<{ code: number; stderr: string }> {
  const args = ["run", "--quiet", "--no-prompt", "--cached-only", ...flags, SCRIPT, FOLDER];
  const command = new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "piped" });
  const { code, stderr } = await command.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("loadManifest() needs exactly the documented permissions", async (t) => {
  await t.step("all of them are enough", async () => {
    assertEquals(await run(FLAGS), { code: 0, stderr: "" });
  });
  for (const dropped of FLAGS) {
    await t.step(
      `not without ${dropped.split("=")[0]}=${dropped.split(/[=/]/).at(-1)}`,
      async () => {
        const { code, stderr } = await run(FLAGS.filter((flag) => flag !== dropped));
        assertNotEquals(code, 0);
        assertStringIncludes(stderr, "Requires");
      },
    );
  }
});
