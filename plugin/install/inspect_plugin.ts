// SPDX-License-Identifier: Apache-2.0

import { LEFT_OUT } from "../_left_out.ts";
import { normalizePath } from "../_permission_path.ts";
import { loadManifest } from "../load_manifest.ts";
import { mainModule, type Manifest } from "../manifest.ts";
import { describeManifest } from "./describe_manifest.ts";
import { hashPlugin } from "./hash_plugin.ts";
import { checkModuleGraph } from "./_module_graph.ts";
import { listPluginFiles, unsafe } from "./_plugin_files.ts";

/** Options of {@linkcode inspectPlugin}. */
export interface InspectPluginOptions {
  /** The folder in which a folder for temporary files is made; the machine's own when absent. */
  readonly temporaryDirectory?: string | undefined;
  /** When it aborts, the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a plugin is and asks for. */
export interface PluginInspection {
  /** Its folder. */
  readonly directory: string;
  /** Its manifest. */
  readonly manifest: Manifest;
  /** The hash of its files; see {@linkcode hashPlugin}. */
  readonly hash: string;
  /** How many files it has. */
  readonly files: number;
  /** How many bytes they have together. */
  readonly bytes: number;
  /** Its modules, from its folder, that are loaded when it runs; none where it is no JavaScript. */
  readonly modules: readonly string[];
  /** What it asks for, in sentences; see {@linkcode describeManifest}. */
  readonly asks: readonly string[];
}

/**
 * Checks the files of a plugin without running it, and tells what it is and asks for.
 *
 * It refuses links, files that are no plain files, a plugin of more than 4096 files or 64 MiB, a main
 * module that is missing or broken, and imports of anything but the plugin's own files and `node:`
 * modules. A folder `.git` at the top is no part of a plugin: nothing of it may be imported.
 *
 * Requires `--allow-read` for the folder, `--allow-write` for the folder of temporary files, and
 * `--allow-run` for Deno itself. Where `prlimit` is there and may be run, it keeps the memory in bounds.
 *
 * @param directory The plugin's folder: an absolute path.
 * @throws {PluginError} With code `unsafe` when its files are refused, and those of {@linkcode loadManifest}.
 * @throws {TypeError} When the path is not absolute.
 *
 * @example Usage
 * ```ts
 * import { inspectPlugin } from "@sigil/plugin/install";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(
 *   `${folder}/plugin.yaml`,
 *   "{ name: echo, version: 1.0.0, type: tool, engine: '>=0.1.0', capabilities: [tool.echo] }",
 * );
 * await Deno.writeTextFile(`${folder}/plugin.ts`, "export default {};\n");
 * const { asks } = await inspectPlugin(folder);
 * // ["Runs in a process of its own", "Uses tool.echo"]
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function inspectPlugin(
  directory: string,
  options: InspectPluginOptions = {},
): Promise<PluginInspection> {
  if (!directory.startsWith("/")) {
    throw new TypeError(`Cannot inspect "${directory}": not absolute`);
  }
  const { signal } = options;
  const folder = normalizePath(directory);
  const manifest = await loadManifest(folder, { signal });
  const files = await listPluginFiles(folder, signal);
  return {
    directory: folder,
    manifest,
    hash: await hashPlugin(folder, { signal }),
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    modules: await checkMain(folder, manifest, files.map(({ path }) => path), options),
    asks: describeManifest(manifest),
  };
}

/** What a manifest names is often made from other files, and is then in no repository. */
function lackOf({ execution }: Manifest): string {
  return execution.main === undefined
    ? "there is no such file"
    : "there is no such file, and plugin.yaml says to run it; if it is a bundle, bundle it first";
}

/** A container brings its own program, and a skill has none. */
async function checkMain(
  directory: string,
  manifest: Manifest,
  paths: readonly string[],
  options: InspectPluginOptions,
): Promise<readonly string[]> {
  if (manifest.type === "skill" || manifest.execution.tier === "container") return [];
  const main = mainModule(manifest);
  if (!paths.includes(main)) throw unsafe(directory, main, lackOf(manifest));
  if (manifest.execution.tier === "wasm") return [];
  const modules = await checkModuleGraph(directory, main, options);
  const foreign = modules.find((path) => path.startsWith(`${LEFT_OUT}/`));
  if (foreign === undefined) return modules;
  throw unsafe(directory, foreign, "it is imported, and is no part of the plugin");
}
