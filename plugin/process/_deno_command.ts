// SPDX-License-Identifier: Apache-2.0

import { dirname, isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { readIfThere } from "../_read_if_there.ts";
import { BOOT_SOURCE } from "../boot/boot_source.ts";
import { WASM_BOOT_SOURCE, WASM_WORKER_SOURCE } from "../wasm/boot_source.ts";
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

/** How much memory a WebAssembly module may have when nobody says. */
const WASM_BYTES = 256 * 1024 * 1024;

const WASM_PAGE_BYTES = 64 * 1024;

/** What Deno itself takes for the worker of a WebAssembly module: address space, not memory. */
const WASM_WORKER_BYTES = 768 * 1024 * 1024;

/** Writes what the process starts with, and gives the command that starts it. */
export async function denoCommand(options: SpawnPluginOptions): Promise<PluginCommand> {
  checkOptions(options);
  const { main, denoDirectory, cwd, sandbox = { layers: [] } } = options;
  await Deno.mkdir(denoDirectory, { recursive: true, mode: 0o700 });
  const boot = isWasm(main)
    ? await writeWasmBoot(denoDirectory, main)
    : await writeFile(denoDirectory, "boot.js", BOOT_SOURCE);
  const command = {
    path: await denoPath(),
    args: ["run", ...flagsOf(options), boot, ...isWasm(main) ? [] : [pathToFileURL(main).href]],
    env: { DENO_DIR: denoDirectory, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    cwd,
  };
  return wrapCommand(command, {
    ...sandbox,
    memoryBytes: memoryBytes(options),
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
  if (isWasm(main) && permissionFlags.length > 0) {
    throw new TypeError("Cannot spawn a plugin: a WebAssembly module has no permissions");
  }
}

function isWasm(main: string): boolean {
  return main.endsWith(".wasm");
}

function flagsOf({ main, permissionFlags, sandbox }: SpawnPluginOptions): readonly string[] {
  const bytes = sandbox?.memoryBytes;
  const limits = [
    ...bytes === undefined ? [] : [`--max-old-space-size=${Math.ceil(bytes / 2 ** 20)}`],
    ...isWasm(main) ? [`--wasm-max-mem-pages=${wasmPages(bytes)}`] : [],
  ];
  const v8Flags = limits.length === 0 ? [] : [`--v8-flags=${limits.join(",")}`];
  return [...DENO_FLAGS, ...v8Flags, ...permissionFlags];
}

function memoryBytes({ main, sandbox }: SpawnPluginOptions): number | undefined {
  const bytes = sandbox?.memoryBytes;
  return bytes === undefined || !isWasm(main) ? bytes : bytes + WASM_WORKER_BYTES;
}

/** The memory of a module is not that of JavaScript, and has a limit of its own. */
function wasmPages(bytes = WASM_BYTES): number {
  return Math.max(1, Math.floor(bytes / WASM_PAGE_BYTES));
}

/**
 * A static import takes no permission, so that the process needs none, and cannot reach its own
 * folder either.
 */
async function writeWasmBoot(denoDirectory: string, main: string): Promise<string> {
  await writeFile(denoDirectory, "wasm_boot.js", WASM_BOOT_SOURCE);
  const source = `import source module from ${JSON.stringify(pathToFileURL(main).href)};
import { serveWasm } from "./wasm_boot.js";
serveWasm(module, ${JSON.stringify(WASM_WORKER_SOURCE)});
`;
  return await writeFile(denoDirectory, "wasm_main.js", source);
}

/** Each plugin has a copy of its own, because it may be read by other users than ours. */
async function writeFile(directory: string, name: string, source: string): Promise<string> {
  const path = join(directory, name);
  if (await readIfThere(path) !== source) await Deno.writeTextFile(path, source, { mode: 0o600 });
  return path;
}
