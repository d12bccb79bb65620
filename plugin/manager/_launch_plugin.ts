// SPDX-License-Identifier: Apache-2.0

import { isInside } from "../_permission_path.ts";
import { mainModule } from "../manifest.ts";
import { permissionFlags } from "../permission_flags.ts";
import type {
  PluginProcess,
  PluginSandbox,
  SpawnPluginOptions,
} from "../process/plugin_process.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { ManagerContext } from "./_context.ts";
import { KvStore } from "./kv_store.ts";
import { createPluginHost } from "./_plugin_host.ts";
import type { PreparedPlugin } from "./_prepare_plugin.ts";

/** A process that runs, with what belongs to it. */
export interface LaunchedPlugin extends AsyncDisposable {
  /** The process. */
  readonly process: PluginProcess;
}

/** Options of {@linkcode launchPlugin}. */
export interface LaunchOptions {
  /** Takes each line of stderr. */
  readonly onStderr: (line: string) => void;
  /** When it aborts, the process is ended. */
  readonly signal: AbortSignal;
}

/** Starts the process of a plugin and hands over its configuration. */
export async function launchPlugin(
  prepared: PreparedPlugin,
  context: ManagerContext,
  { onStderr, signal }: LaunchOptions,
): Promise<LaunchedPlugin> {
  const { inspection: { manifest } } = prepared;
  const plugin = manifest.name;
  const home = homeOf(prepared, context);
  await makeFolders(prepared);
  const config: JsonObject = JSON.parse(JSON.stringify(prepared.config));
  await using opened = new AsyncDisposableStack();
  const kv = manifest.storage?.kv === true ? opened.use(new KvStore(`${home}/kv.db`)) : undefined;
  const process = opened.use(
    await spawn(prepared, context, {
      host: createPluginHost({ plugin, config, kv, context }),
      onStderr,
      logger: context.logger,
      startTimeoutMs: context.timing.startTimeoutMs,
      signal,
    }),
  );
  await process.init(config, { timeoutMs: context.timing.callTimeoutMs, signal });
  const owned = opened.move();
  return { process, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What is told to a process in whatever tier. */
type CommonOptions = Pick<
  SpawnPluginOptions,
  "host" | "onStderr" | "logger" | "startTimeoutMs" | "signal"
>;

async function spawn(
  prepared: PreparedPlugin,
  context: ManagerContext,
  options: CommonOptions,
): Promise<PluginProcess> {
  const { inspection: { manifest, directory }, permissions, permissionOptions } = prepared;
  const home = homeOf(prepared, context);
  const { tier } = manifest.execution;
  if (tier === "container" && context.spawnContainer !== undefined) {
    return await context.spawnContainer({
      ...permissionOptions,
      ...options,
      manifest,
      privateDirectory: `${home}/container`,
      maxMemoryBytes: context.maxMemoryBytes,
    });
  }
  return await context.spawn({
    ...options,
    plugin: manifest.name,
    main: `${directory}/${mainModule(manifest)}`,
    permissionFlags: tier === "wasm" ? [] : permissionFlags(permissions),
    denoDirectory: `${home}/deno`,
    cwd: prepared.filesDirectory,
    sandbox: await sandboxOf(prepared, context),
  });
}

function homeOf({ inspection: { manifest } }: PreparedPlugin, context: ManagerContext): string {
  return `${context.dataDirectory}/${manifest.name}`;
}

/**
 * Makes the folder for the plugin's files, and those in it that the plugin may write. A container can
 * leave links there: whoever starts it looks before making any.
 */
async function makeFolders(
  { inspection: { manifest }, permissions, filesDirectory }: PreparedPlugin,
): Promise<void> {
  const isContained = manifest.execution.tier === "container";
  const own = isContained ? [] : permissions.write.filter((path) => isInside(path, filesDirectory));
  for (const path of [filesDirectory, ...own]) {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 }).catch((error) => {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    });
  }
}

async function sandboxOf(
  { permissions }: PreparedPlugin,
  { layers }: ManagerContext,
): Promise<PluginSandbox> {
  return {
    layers,
    readPaths: await existing(permissions.read),
    writePaths: await existing(permissions.write),
    network: permissions.net.length > 0,
    memoryBytes: permissions.memoryBytes,
  };
}

/**
 * A path that is not there cannot be shown to a process. One that this process may not look at may be
 * there: the gateway reads its own folder only, and a plugin's is often elsewhere.
 */
async function existing(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => {
    return Deno.stat(path).then(() => true, (error) => error instanceof Deno.errors.NotCapable);
  }));
  return paths.filter((_, index) => found[index]);
}
