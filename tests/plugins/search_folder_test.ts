// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes } from "@std/assert";
import { layerCases } from "../../plugin/process/testdata/spawn_test_plugin.ts";
import { ExamplePlugin } from "./_example_plugin.ts";

const cases = await layerCases();

for (const { name, layers, skip } of cases) {
  Deno.test({
    name: `search-folder reads its folder and nothing beside it, with ${name}${
      skip && `: ${skip}`
    }`,
    ignore: skip !== "",
    fn: async () => {
      const parent = await Deno.realPath(await Deno.makeTempDir({ prefix: "sigil_search_" }));
      const folder = `${parent}/notes`;
      try {
        await Deno.mkdir(folder);
        await Deno.writeTextFile(`${parent}/secret.txt`, "the password");
        await Deno.writeTextFile(`${folder}/a.md`, "one\nthe harbour\n");
        await Deno.symlink(`${parent}/secret.txt`, `${folder}/link.txt`);
        await using example = await ExamplePlugin.start("search_folder", {
          config: { folder },
          layers,
        });
        assertEquals(example.status.state, "running", example.status.lastError?.message);
        assertEquals(example.flags, example.readFlags(folder));
        assertEquals(await example.run("search", { query: "the" }), "a.md:2: the harbour\n");
        assertEquals(await example.run("read", { path: "a.md" }), "one\nthe harbour\n");
        for (const path of ["../secret.txt", "link.txt"]) {
          assertStringIncludes(await example.run("read", { path }), `!There is no file "${path}"`);
        }
      } finally {
        await Deno.remove(parent, { recursive: true });
      }
    },
  });
}

Deno.test("search-folder without a folder, or with too much of one, does not start", async (t) => {
  const wrong: Readonly<Record<string, readonly [config: Record<string, unknown>, code: string]>> =
    {
      "no folder": [{}, "invalid_config"],
      "a relative one": [{ folder: "notes" }, "invalid_config"],
      "a key that means nothing": [{ folder: "/srv/notes", depth: 2 }, "invalid_config"],
      "the whole machine": [{ folder: "/" }, "invalid_permission"],
      "the kernel": [{ folder: "/proc/self" }, "invalid_permission"],
      "one that leaves itself": [{ folder: "/srv/../etc" }, "invalid_permission"],
      "one that is not there": [{ folder: "/srv/not-there-at-all" }, "failed"],
    };
  for (const [name, [config, code]] of Object.entries(wrong)) {
    await t.step(name, async () => {
      await using example = await ExamplePlugin.start("search_folder", { config });
      assertEquals(example.status.state, "error");
      assertEquals(example.status.lastError?.code, code, example.status.lastError?.message);
    });
  }
});
