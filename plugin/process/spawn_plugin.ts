// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "../errors.ts";
import { ChildPlugin } from "./_child_plugin.ts";
import { denoCommand } from "./_deno_command.ts";
import { untilHealthy } from "./_until_healthy.ts";
import type { PluginProcess, SpawnPluginOptions } from "./plugin_process.ts";
import type { PluginCommand } from "./wrap_command.ts";

/**
 * Starts a plugin in a process of its own and waits for its first Health.
 *
 * The process is Deno with our boot as its main module, an empty environment, a DENO_DIR of its own,
 * no prompts, no remote modules and no configuration; it may do what `permissionFlags` say and
 * nothing else. Whatever it does wrong ends it and nothing else.
 *
 * Requires `--allow-run` for Deno itself, or for the outermost wrapper when there are layers, and
 * `--allow-read` and `--allow-write` for `denoDirectory`.
 *
 * @throws {PluginError} With code `unavailable` when `denoDirectory` cannot be written or the process
 * cannot be started, `failed` when the plugin cannot be loaded, `timeout` when it does not answer in time, `crashed` when it ends,
 * `protocol` when it breaks the protocol, `unsupported` when it speaks another version of it.
 * @throws {TypeError} When a path is not absolute or a flag does not name a permission.
 *
 * @example Usage
 * ```ts ignore
 * import { spawnPlugin } from "@sigil/plugin/process";
 * import { Tool } from "@sigil/proto/plugin/v1/tool";
 *
 * await using plugin = await spawnPlugin({
 *   plugin: "hello",
 *   main: "/plugins/hello/main.ts",
 *   permissionFlags: ["--allow-read=/plugins/hello"],
 *   denoDirectory: "/data/plugins/hello/deno",
 * });
 * await plugin.init({});
 * const { tools } = await plugin.client(Tool).describe({});
 * ```
 */
export async function spawnPlugin(options: SpawnPluginOptions): Promise<PluginProcess> {
  options.signal?.throwIfAborted();
  const command = await prepare(options);
  const child = new ChildPlugin(start(command, options), options);
  return await untilHealthy(child, options);
}

async function prepare(options: SpawnPluginOptions): Promise<PluginCommand> {
  try {
    return await denoCommand(options);
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof Deno.errors.NotCapable) throw cause;
    const { plugin, denoDirectory } = options;
    const message = `Cannot start plugin "${plugin}": ${denoDirectory} cannot be written`;
    throw new PluginError("unavailable", message, { plugin, cause });
  }
}

function start(
  { path, args, env, cwd }: PluginCommand,
  { plugin, denoDirectory }: SpawnPluginOptions,
): Deno.ChildProcess {
  try {
    return new Deno.Command(path, {
      args: [...args],
      env,
      clearEnv: true,
      cwd: cwd ?? denoDirectory, // What it says of ours is nobody else's business.
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    const where = cwd === undefined ? "" : ` in ${cwd}`;
    const message = `Cannot start plugin "${plugin}": ${path} cannot be run${where}`;
    throw new PluginError("unavailable", message, { plugin, cause });
  }
}
