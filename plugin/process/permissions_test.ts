// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { testFile } from "./testdata/spawn_test_plugin.ts";

Deno.test("spawnPlugin() needs the permissions that it says, and no less", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "sigil-plugin-" });
  const denoDirectory = join(folder, "deno");
  const flags = [
    `--allow-run=${Deno.execPath()}`,
    `--allow-read=${denoDirectory}`,
    `--allow-write=${denoDirectory}`,
  ];
  try {
    await t.step("all of them", async () => {
      assertEquals(await run(flags, denoDirectory), { success: true, stderr: "" });
    });
    for (const dropped of flags) {
      await t.step(`without ${dropped.split("=", 1)}`, async () => {
        const rest = flags.filter((flag) => flag !== dropped);
        const { success, stderr } = await run(rest, denoDirectory);
        assertEquals(success, false);
        assertStringIncludes(stderr, "NotCapable");
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function run(flags: readonly string[], denoDirectory: string) {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...flags, testFile("permissions.ts"), denoDirectory],
  }).output();
  return { success, stderr: new TextDecoder().decode(stderr) };
}
