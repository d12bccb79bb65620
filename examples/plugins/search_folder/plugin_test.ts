// SPDX-License-Identifier: Apache-2.0

import { testPlugin } from "@sigil/plugin/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import plugin from "./plugin.ts";

/** Runs a test with a folder of texts, beside a file that is none of its business. */
async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.realPath(await Deno.makeTempDir({ prefix: "sigil_search_" }));
  const folder = `${parent}/notes`;
  try {
    await Deno.mkdir(`${folder}/trips`, { recursive: true });
    await Deno.writeTextFile(`${parent}/secret.txt`, "the password of the harbour\n");
    await Deno.writeTextFile(`${folder}/a.md`, "# Harbour\r\nThe old HARBOUR of Turku\r\n");
    await Deno.writeTextFile(`${folder}/trips/b.md`, "Café at the harbour, old and new\n");
    await Deno.writeFile(`${folder}/c.bin`, new Uint8Array([0, 1, 2]));
    await Deno.writeTextFile(`${folder}/huge.log`, "harbour\n".repeat(200_000));
    await Deno.symlink(`${parent}/secret.txt`, `${folder}/link.txt`);
    await Deno.symlink(parent, `${folder}/up`);
    await test(folder);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

Deno.test("search finds the lines that hold every word, and nothing through links", async () => {
  await withFolder(async (folder) => {
    await using tested = await testPlugin(plugin, { config: { folder } });
    const cases: readonly (readonly [input: Record<string, unknown>, found: string])[] = [
      [
        { query: "Old harbour" },
        [
          "a.md:2: The old HARBOUR of Turku",
          "trips/b.md:1: Café at the harbour, old and new",
          "",
        ].join("\n"),
      ],
      [{ query: "cafe\u0301" }, "trips/b.md:1: Café at the harbour, old and new\n"],
      [{ query: "harbour", limit: 1 }, "a.md:1: # Harbour\nMore than 1 lines match\n"],
      [{ query: "password" }, "No line matches\n"],
    ];
    for (const [input, found] of cases) {
      assertEquals(await tested.execute("search", input), found);
    }
  });
});

Deno.test("read gives a text of the folder", async () => {
  await withFolder(async (folder) => {
    await using tested = await testPlugin(plugin, { config: { folder } });
    assertEquals(
      await tested.execute("read", { path: "trips/../trips/b.md" }),
      "Café at the harbour, old and new\n",
    );
    assertEquals((await tested.execute("read", { path: "huge.log" })).length, 1024 * 1024);
    await assertRejects(() => tested.execute("read", { path: "c.bin" }), Error, "not a text");
  });
});

Deno.test("read refuses to leave the folder", async (t) => {
  await withFolder(async (folder) => {
    await using tested = await testPlugin(plugin, { config: { folder } });
    const paths = ["../secret.txt", "trips/../../secret.txt", "link.txt", "up/secret.txt", ".", ""];
    for (const path of [...paths, "../notes", "missing.txt", "/etc/hostname", "a\0"]) {
      await t.step(JSON.stringify(path), async () => {
        const error = await assertRejects(() => tested.execute("read", { path }), Error);
        assertStringIncludes(error.message, "in the folder");
      });
    }
  });
});

Deno.test("a folder that is none is refused at once", async () => {
  await withFolder(async (folder) => {
    for (const wrong of [`${folder}/a.md`, `${folder}/missing`]) {
      await assertRejects(() => testPlugin(plugin, { config: { folder: wrong } }), Error);
    }
  });
});
