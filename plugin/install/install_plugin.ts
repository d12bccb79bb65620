// SPDX-License-Identifier: Apache-2.0

import { dirname } from "node:path";
import { statIfThere } from "../_stat_if_there.ts";
import { PluginError } from "../errors.ts";
import { MANIFEST_FILE } from "../load_manifest.ts";
import { inspectPlugin, type PluginInspection } from "./inspect_plugin.ts";
import { listPluginFiles } from "./_plugin_files.ts";
import { unpackArchive } from "./_unpack_archive.ts";

/** Options of {@linkcode installPlugin}. */
export interface InstallPluginOptions {
  /**
   * Whether a plugin of the same name is replaced.
   *
   * @default {false}
   */
  readonly replace?: boolean | undefined;
  /**
   * Called with the name of a plugin that is about to be replaced, such as to stop it first. What it
   * throws leaves the old plugin as it is.
   */
  readonly onReplace?: ((plugin: string) => Promise<void>) | undefined;
  /** The hash that the plugin must have; see {@linkcode hashPlugin}. Any will do when absent. */
  readonly hash?: string | undefined;
  /** When it aborts, nothing is installed and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks a plugin and puts it, under its name, into the folder of plugins: whole, or not at all.
 *
 * It is copied from a folder, or unpacked from a `.tar`, `.tar.gz` or `.tgz`, in which it is at the top
 * or in the only folder there. Nothing of it is run. What it asks for is in the result, to be shown
 * before anybody enables it.
 *
 * Requires what {@linkcode inspectPlugin} does, read of `source`, and read and write of the folder of plugins.
 *
 * @param source A folder or an archive.
 * @param pluginsDirectory The folder of plugins, an absolute path; made when it is missing.
 * @throws {PluginError} With code `conflict` when there is a plugin of that name, `unsafe` when its
 * files are refused or its hash is another, `not_found` when there is nothing at `source`,
 * `unavailable` when it cannot be copied or unpacked, and those of {@linkcode inspectPlugin}.
 * @throws {TypeError} When `pluginsDirectory` is not an absolute path.
 *
 * @example Usage
 * ```ts
 * import { installPlugin } from "@sigil/plugin/install";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/echo`);
 * await Deno.writeTextFile(
 *   `${folder}/echo/plugin.yaml`,
 *   "{ name: echo, version: 1.0.0, type: tool, engine: '>=0.1.0' }",
 * );
 * await Deno.writeTextFile(`${folder}/echo/plugin.ts`, "export default {};\n");
 * const { directory } = await installPlugin(`${folder}/echo`, `${folder}/plugins`);
 * // `${folder}/plugins/echo`
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function installPlugin(
  source: string,
  pluginsDirectory: string,
  options: InstallPluginOptions = {},
): Promise<PluginInspection> {
  if (!pluginsDirectory.startsWith("/")) {
    throw new TypeError(`Cannot install into "${pluginsDirectory}": not absolute`);
  }
  await Deno.mkdir(pluginsDirectory, { recursive: true, mode: 0o700 });
  const staging = await Deno.makeTempDir({ dir: pluginsDirectory, prefix: ".install-" });
  try {
    const staged = await stage(source, `${staging}/new`, options.signal);
    const inspection = await inspectPlugin(staged, {
      signal: options.signal,
      temporaryDirectory: staging,
    });
    checkHash(inspection, options.hash);
    const directory = `${pluginsDirectory.replace(/\/+$/, "")}/${inspection.manifest.name}`;
    await moveIn(staged, directory, staging, options);
    return { ...inspection, directory };
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
}

/** Brings a plugin into a folder of its own, and tells in which one its manifest is. */
async function stage(
  source: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const info = await statOf(source);
  await Deno.mkdir(target, { mode: 0o755 });
  if (info.isDirectory) {
    await copyFiles(source, target, signal);
    return target;
  }
  await unpackArchive(source, target, signal);
  return await folderOfManifest(target);
}

async function statOf(source: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(source);
  } catch (cause) {
    const code = cause instanceof Deno.errors.NotFound ? "not_found" : "unavailable";
    const reason = code === "not_found" ? "there is no such file or folder" : "it cannot be read";
    throw new PluginError(code, `Cannot install a plugin from "${source}": ${reason}`, { cause });
  }
}

async function copyFiles(
  source: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { path } of await listPluginFiles(source, signal)) {
    await Deno.mkdir(dirname(`${target}/${path}`), { recursive: true, mode: 0o755 });
    await Deno.copyFile(`${source}/${path}`, `${target}/${path}`);
  }
}

/** Archives made from a folder often hold just that folder. */
async function folderOfManifest(target: string): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(target))).map(({ name }) => name);
  const [only] = names;
  return names.length === 1 && only !== undefined && only !== MANIFEST_FILE
    ? `${target}/${only}`
    : target;
}

function checkHash({ manifest, hash }: PluginInspection, expected: string | undefined): void {
  if (expected === undefined || expected === hash) return;
  const message =
    `Cannot install plugin "${manifest.name}": its hash is ${hash}, not the expected one`;
  throw new PluginError("unsafe", message, { plugin: manifest.name });
}

/** A rename is whole or not at all; the old plugin leaves for the staging folder, which is removed. */
async function moveIn(
  staged: string,
  directory: string,
  staging: string,
  { replace = false, onReplace }: InstallPluginOptions,
): Promise<void> {
  if (await statIfThere(directory) !== undefined) {
    const name = directory.slice(directory.lastIndexOf("/") + 1);
    if (!replace) {
      const message = `Cannot install plugin "${name}": there is one of that name already`;
      throw new PluginError("conflict", message, { plugin: name });
    }
    await onReplace?.(name);
    await Deno.rename(directory, `${staging}/old`);
  }
  await Deno.rename(staged, directory);
}
