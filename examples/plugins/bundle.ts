// SPDX-License-Identifier: Apache-2.0

/**
 * Bundles the examples that use packages, each `plugin.ts` into the `plugin.js` that its manifest
 * names: what `deno task plugins` runs.
 *
 * A plugin's process finds no package, so what its main module needs is in that one file. Their versions
 * are those of `deno.lock` beside this file.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { loadManifest, mainModule } from "@sigil/plugin";

const EXAMPLES = new URL("./", import.meta.url);

const BUNDLE = ["bundle", "--quiet", "--minify", "--lock=deno.lock", "--platform", "browser"];

if (import.meta.main) {
  for (const name of await listBundledPlugins()) {
    await bundlePlugin(name, fileURLToPath(new URL(`${name}/plugin.js`, EXAMPLES)));
  }
}

/** Lists the folders of the examples that are bundled. */
export async function listBundledPlugins(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(EXAMPLES)) {
    if (!isDirectory) continue;
    const manifest = await loadManifest(fileURLToPath(new URL(name, EXAMPLES)));
    if (mainModule(manifest) === "plugin.js") names.push(name);
  }
  return names.sort();
}

/** Writes an example and all that it imports into one file. */
export async function bundlePlugin(name: string, target: string): Promise<void> {
  const main = fileURLToPath(new URL(`${name}/plugin.ts`, EXAMPLES));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...BUNDLE, "--output", target, main],
    cwd: fileURLToPath(EXAMPLES),
  }).output();
  if (success) return;
  throw new Error(`Cannot bundle plugin "${name}": ${new TextDecoder().decode(stderr)}`);
}
