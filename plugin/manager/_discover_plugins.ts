// SPDX-License-Identifier: Apache-2.0

import { basename } from "node:path";
import { PluginError } from "../errors.ts";
import { loadManifest } from "../load_manifest.ts";
import type { Manifest } from "../manifest.ts";
import type { PluginsConfig } from "./plugin_settings.ts";

/** A plugin that was found, or that is said to be somewhere. */
export interface DiscoveredPlugin {
  /** The name of its manifest; when that cannot be read, that of its folder. */
  readonly name: string;
  /** Its folder. */
  readonly directory: string;
  /** Its manifest, if it can be read. */
  readonly manifest: Manifest | undefined;
}

/**
 * Finds plugins: those that the settings give a path, then those in the folder of plugins, then those
 * that the settings name and nobody has found. Of two with one name the first one counts.
 */
export async function discoverPlugins(
  directory: string,
  config: PluginsConfig,
  warn: (message: string) => void,
): Promise<ReadonlyMap<string, DiscoveredPlugin>> {
  const found = new Map<string, DiscoveredPlugin>();
  for (const [name, { path }] of Object.entries(config)) {
    if (path !== undefined) found.set(name, { ...await discover(path), name });
  }
  for (const folder of await foldersIn(directory)) {
    const plugin = await discover(folder);
    const other = found.get(plugin.name);
    if (other === undefined) found.set(plugin.name, plugin);
    else if (other.directory !== folder) {
      warn(`Left out ${folder}: there is a plugin "${plugin.name}" in ${other.directory}`);
    }
  }
  for (const [name, { enabled }] of Object.entries(config)) {
    if (!enabled || found.has(name)) continue;
    found.set(name, { name, directory: `${directory}/${name}`, manifest: undefined });
  }
  return found;
}

async function discover(directory: string): Promise<DiscoveredPlugin> {
  try {
    const manifest = await loadManifest(directory);
    return { name: manifest.name, directory, manifest };
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    return { name: basename(directory), directory, manifest: undefined };
  }
}

/** The folders in a folder, sorted, apart from hidden ones. A folder that is missing has none. */
async function foldersIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(directory));
    return entries.filter(({ isDirectory, name }) => isDirectory && !name.startsWith("."))
      .map(({ name }) => `${directory}/${name}`).sort();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    const message = `Cannot look for plugins in "${directory}": it cannot be read`;
    throw new PluginError("unavailable", message, { cause });
  }
}
