// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "../errors.ts";
import { loadManifest } from "../load_manifest.ts";

/**
 * Removes an installed plugin from the folder of plugins. Its own data stays.
 *
 * Requires read and write of the folder of plugins.
 *
 * @throws {PluginError} With code `not_found` when no plugin of that name is there, `unsafe` when the
 * folder of that name holds something else.
 *
 * @example Usage
 * ```ts
 * import { installPlugin, removePlugin } from "@sigil/plugin/install";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/echo`);
 * await Deno.writeTextFile(
 *   `${folder}/echo/plugin.yaml`,
 *   "{ name: echo, version: 1.0.0, type: tool, engine: '>=0.1.0' }",
 * );
 * await Deno.writeTextFile(`${folder}/echo/plugin.ts`, "export default {};\n");
 * await installPlugin(`${folder}/echo`, `${folder}/plugins`);
 * await removePlugin("echo", `${folder}/plugins`);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function removePlugin(name: string, pluginsDirectory: string): Promise<void> {
  const directory = `${pluginsDirectory.replace(/\/+$/, "")}/${name}`;
  if (!/^[a-z0-9-]+$/.test(name) || !await isFolder(directory)) throw notThere(name);
  if (!await hasManifest(directory)) {
    const message = `Cannot remove plugin "${name}": there is no manifest in ${directory}`;
    throw new PluginError("unsafe", message, { plugin: name });
  }
  await Deno.remove(directory, { recursive: true });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A manifest may be broken: that is a reason to remove a plugin. */
async function hasManifest(directory: string): Promise<boolean> {
  try {
    await loadManifest(directory);
    return true;
  } catch (error) {
    if (error instanceof PluginError) return error.code !== "not_found";
    throw error;
  }
}

function notThere(name: string): PluginError {
  const message = `Cannot remove plugin ${JSON.stringify(name.slice(0, 80))}: it is not installed`;
  return new PluginError("not_found", message, { plugin: name });
}
