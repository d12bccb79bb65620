// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { pathToFileURL } from "node:url";
import { listFiles } from "./list_files.ts";

Deno.test("listFiles() lists what git tracks or would track, and exists", async () => {
  await withFolder(async (root) => {
    await git(root, "init", "--quiet");
    await Deno.writeTextFile(new URL(".gitignore", root), "ignored\n");
    for (const name of ["tracked", "removed", "ä new", "ignored"]) {
      await Deno.writeTextFile(new URL(name, root), "");
    }
    await git(root, "add", "tracked", "removed");
    await Deno.remove(new URL("removed", root));
    assertEquals(await listFiles(root), [".gitignore", "tracked", "ä new"]);
  });
});

Deno.test("listFiles() says why it cannot list a folder that is no repository", async () => {
  await withFolder(async (root) => {
    await assertRejects(() => listFiles(root), Error, "Cannot list the files of the project: ");
  });
});

async function withFolder(run: (root: URL) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sigil-files-" });
  try {
    await run(pathToFileURL(`${folder}/`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function git(root: URL, ...args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command("git", { args: [...args], cwd: root }).output();
  assertEquals(success, true);
}
