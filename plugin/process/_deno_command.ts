// SPDX-License-Identifier: Apache-2.0

import { dirname, isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { BOOT_SOURCE } from "../boot/boot_source.ts";
import type { SpawnPluginOptions } from "./plugin_process.ts";
import { type PluginCommand, wrapCommand } from "./wrap_command.ts";

/** What no plugin gets around, whatever its manifest says. */
export const DENO_FLAGS: readonly string[] = [
  "--quiet",
  "--no-prompt",
  "--cached-only",
  "--no-remote",
  "--no-npm",
  "--deny-import",
  "--no-config",
  "--no-lock",
];

/** Only what grants or takes a permission by name; nothing that grants everything. */
const PERMISSION_FLAG = /^--(allow|deny|ignore)-(?!all\b|scripts\b|import\b)[a-z]+(=.*)?$/s;

/** Writes what the process starts with, and gives the command that starts it. */
export async function denoCommand(options: SpawnPluginOptions): Promise<PluginCommand> {
  checkOptions(options);
  const { main, denoDirectory, cwd, sandbox = { layers: [] } } = options;
  const boot = await writeBoot(denoDirectory);
  const command = {
    path: await denoPath(),
    args: ["run", ...flagsOf(options), boot, pathToFileURL(main).href],
    env: { DENO_DIR: denoDirectory, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    cwd,
  };
  return wrapCommand(command, {
    ...sandbox,
    readPaths: [boot, dirname(main), ...sandbox.readPaths ?? []],
    writePaths: [denoDirectory, ...sandbox.writePaths ?? []],
  });
}

/** Without a link where that may be found out: a sandbox shows the file itself alone. */
async function denoPath(): Promise<string> {
  try {
    return await Deno.realPath(Deno.execPath());
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return Deno.execPath();
    throw error;
  }
}

function checkOptions(options: SpawnPluginOptions): void {
  const { main, denoDirectory, cwd = "/", permissionFlags } = options;
  for (const path of [main, denoDirectory, cwd]) {
    if (!isAbsolute(path)) throw new TypeError(`Cannot spawn a plugin: "${path}" is not absolute`);
  }
  for (const flag of permissionFlags) {
    if (!PERMISSION_FLAG.test(flag)) {
      throw new TypeError(`Cannot spawn a plugin: "${flag}" is no flag for a permission`);
    }
  }
}

function flagsOf({ permissionFlags, sandbox }: SpawnPluginOptions): readonly string[] {
  if (sandbox?.memoryBytes === undefined) return [...DENO_FLAGS, ...permissionFlags];
  const megabytes = Math.ceil(sandbox.memoryBytes / 2 ** 20);
  return [...DENO_FLAGS, `--v8-flags=--max-old-space-size=${megabytes}`, ...permissionFlags];
}

/** Each plugin has a copy of its own, because it may be read by other users than ours. */
async function writeBoot(denoDirectory: string): Promise<string> {
  await Deno.mkdir(denoDirectory, { recursive: true, mode: 0o700 });
  const path = join(denoDirectory, "boot.js");
  if (await readIfPresent(path) !== BOOT_SOURCE) {
    await Deno.writeTextFile(path, BOOT_SOURCE, { mode: 0o600 });
  }
  return path;
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
