// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "./errors.ts";
import { loadManifest } from "./load_manifest.ts";

const EVERY_FIELD = new URL("./testdata/every_field", import.meta.url).pathname;

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sigil_manifest_" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadManifest() reads the plugin.yaml of a folder", async () => {
  assertEquals((await loadManifest(EVERY_FIELD)).name, "test-plugin");
  assertEquals((await loadManifest(`${EVERY_FIELD}/`)).name, "test-plugin");
});

Deno.test("loadManifest() refuses what is no plain, readable, valid file", async (t) => {
  const cases: [string, PluginError["code"], (folder: string) => Promise<void>][] = [
    ["no file", "not_found", async () => {}],
    ["a folder", "unsafe", (folder) => Deno.mkdir(`${folder}/plugin.yaml`)],
    [
      "a link",
      "unsafe",
      (folder) => Deno.symlink(`${EVERY_FIELD}/plugin.yaml`, `${folder}/plugin.yaml`),
    ],
    [
      "Latin-1",
      "invalid_manifest",
      (folder) => Deno.writeFile(`${folder}/plugin.yaml`, Uint8Array.of(0x6e, 0x3a, 0xe9)),
    ],
    [
      "2 MiB",
      "invalid_manifest",
      (folder) => Deno.writeFile(`${folder}/plugin.yaml`, new Uint8Array(2 * 1024 * 1024)),
    ],
    [
      "a mistake",
      "invalid_manifest",
      (folder) => Deno.writeTextFile(`${folder}/plugin.yaml`, "name: Echo\n"),
    ],
  ];
  for (const [name, code, prepare] of cases) {
    await t.step(name, () =>
      withFolder(async (folder) => {
        await prepare(folder);
        const error = await assertRejects(() => loadManifest(folder), PluginError, "plugin.yaml");
        assertEquals(error.code, code);
        assertEquals(error.issues.length > 0, code === "invalid_manifest");
      }));
  }
});

Deno.test("loadManifest() refuses a file in place of a folder", async () => {
  const error = await assertRejects(
    () => loadManifest(`${EVERY_FIELD}/plugin.yaml`),
    PluginError,
  );
  assertEquals(error.code, "not_found");
});

Deno.test({
  name: "loadManifest() says when reading is not permitted",
  permissions: "none",
  fn: async () => {
    const error = await assertRejects(() => loadManifest("/nowhere"), PluginError);
    assertEquals(error.code, "unavailable");
  },
});

Deno.test("loadManifest() rejects with the reason of its signal", async () => {
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => loadManifest(EVERY_FIELD, { signal })), reason);
});
