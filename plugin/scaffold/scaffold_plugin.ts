// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "../errors.ts";
import { scaffoldFiles, type ScaffoldType } from "./_templates.ts";

/** Every {@linkcode ScaffoldType}. */
export const SCAFFOLD_TYPES = [
  "tool",
  "channel",
  "provider",
] as const satisfies readonly ScaffoldType[];

/** Options of {@linkcode scaffoldPlugin}. */
export interface ScaffoldPluginOptions {
  /**
   * Where the plugin's test finds `@sigil/plugin`, ending in a slash. A plugin that runs needs none of it.
   *
   * @default {"jsr:/@sigil/plugin@^0.1.0/"}
   */
  readonly sdk?: string | undefined;
}

/** What was written. */
export interface ScaffoldedPlugin {
  /** The plugin's folder. */
  readonly directory: string;
  /** Its files, sorted. */
  readonly files: readonly string[];
}

/**
 * Writes a new plugin that works: `plugin.yaml`, `plugin.ts`, a test and a `deno.json` for the test.
 *
 * Requires read and write of `directory`.
 *
 * @param name Lowercase letters, digits and single dashes, a letter first; at most 32.
 * @param directory The folder of the new plugin. It must not exist, or be empty.
 * @throws {PluginError} With code `conflict` when there is something in that folder, `unavailable` when
 * it cannot be written.
 * @throws {RangeError} When the name or the type is none.
 *
 * @example Usage
 * ```ts
 * import { scaffoldPlugin } from "@sigil/plugin/scaffold";
 *
 * const folder = await Deno.makeTempDir();
 * const { files } = await scaffoldPlugin("hello", "tool", `${folder}/hello`);
 * // ["deno.json", "plugin.ts", "plugin.yaml", "plugin_test.ts"]
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function scaffoldPlugin(
  name: string,
  type: ScaffoldType,
  directory: string,
  options: ScaffoldPluginOptions = {},
): Promise<ScaffoldedPlugin> {
  checkArguments(name, type);
  const files = scaffoldFiles(name, type, options.sdk ?? "jsr:/@sigil/plugin@^0.1.0/");
  try {
    await Deno.mkdir(directory, { recursive: true });
    await checkEmpty(name, directory);
    for (const [path, content] of Object.entries(files)) {
      await Deno.writeTextFile(`${directory}/${path}`, content, { createNew: true });
    }
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot write the new plugin "${name}": ${reason}`;
    throw new PluginError("unavailable", message, { plugin: name, cause });
  }
  return { directory, files: Object.keys(files).sort() };
}

function checkArguments(name: string, type: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 32) {
    const rule = "lowercase letters, digits and single dashes, a letter first, at most 32";
    throw new RangeError(`Cannot name a plugin ${JSON.stringify(name.slice(0, 80))}: use ${rule}`);
  }
  if (!SCAFFOLD_TYPES.some((known) => known === type)) {
    throw new RangeError(
      `Cannot write a plugin of type "${type}": use ${SCAFFOLD_TYPES.join(", ")}`,
    );
  }
}

async function checkEmpty(name: string, directory: string): Promise<void> {
  for await (const _ of Deno.readDir(directory)) {
    const message = `Cannot write the new plugin "${name}": there is something in ${directory}`;
    throw new PluginError("conflict", message, { plugin: name });
  }
}
