// SPDX-License-Identifier: Apache-2.0

import { dirname } from "node:path";

/** The files of a plugin, by path. */
export type Files = Readonly<Record<string, string>>;

/** A plugin that is as small as one can be. */
export const ECHO: Files = {
  "plugin.yaml": "{ name: echo, version: 1.0.0, type: tool, engine: '>=0.1.0' }\n",
  "plugin.ts": "export default {};\n",
};

/** Writes files into a folder, which is made. */
export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, content);
  }
}

/** Runs a test with a folder of its own, and removes it. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "sigil_plugin_test_" }));
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The names in a folder, sorted. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}
