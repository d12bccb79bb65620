// SPDX-License-Identifier: Apache-2.0

import { BOOT_SOURCE } from "../boot/boot_source.ts";
import {
  CONTAINER_ENGINES,
  CONTAINER_LABEL,
  containerCommand,
  type ContainerEngine,
} from "../container_command.ts";
import { PluginError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import type { PermissionOptions } from "../resolve_permissions.ts";
import { ChildPlugin, type PluginChild } from "./_child_plugin.ts";
import { prepareFolders } from "./_container_folders.ts";
import { untilHealthy } from "./_until_healthy.ts";
import { askEngine, engineEnvironment, tryEngine } from "./container_engine.ts";
import type { PluginLogger, PluginProcess, SpawnPluginOptions } from "./plugin_process.ts";

/** How to start a plugin in a container. */
export interface SpawnContainerOptions extends
  PermissionOptions,
  Pick<
    SpawnPluginOptions,
    | "host"
    | "onStderr"
    | "stderrBytesPerSecond"
    | "logger"
    | "startTimeoutMs"
    | "callTimeoutMs"
    | "signal"
  > {
  /** What the plugin is and asks for. */
  readonly manifest: Pick<Manifest, "name" | "execution" | "storage">;
  /** The absolute path of a folder that no plugin reaches, for what the container is given of ours. */
  readonly privateDirectory: string;
  /** How much memory any plugin may use, in bytes; as much as the manifest says when absent. */
  readonly maxMemoryBytes?: number | undefined;
}

/** Starts a plugin in a container: the shape of `spawnContainer()`. */
export type SpawnContainer = (options: SpawnContainerOptions) => Promise<PluginProcess>;

/** A container that is to be run. */
interface Container {
  readonly engine: ContainerEngine;
  readonly name: string;
  readonly plugin: string;
  readonly logger: PluginLogger | undefined;
}

/**
 * Starts a plugin in a container of podman or docker, and waits for its first Health.
 *
 * The plugin speaks over the container's stdin and stdout as one of the process tier does over its
 * own. What holds it is told at {@linkcode containerCommand}. When it is stopped or killed, or the
 * engine's client dies, the container is removed; what a gateway that was killed has left behind is
 * removed here, before the plugin is started again.
 *
 * A container is nobody when the gateway is root, and else the user that the gateway is.
 *
 * Requires `--allow-run=podman,docker`, `--allow-read` and `--allow-write` for `dataDirectory` and
 * `privateDirectory`, and `--allow-env` for the variables that lead the engine to its images.
 *
 * @throws {PluginError} With code `unavailable` when no engine answers or a folder cannot be written,
 * `unsupported` when the image is not on the machine, `unsafe` when a path that it would see leads
 * through a link, and those of {@linkcode containerCommand} and
 * {@linkcode spawnPlugin}.
 * @throws {TypeError} When a path is not absolute.
 *
 * @example Usage
 * ```ts ignore
 * import { loadManifest } from "@sigil/plugin";
 * import { spawnContainer } from "@sigil/plugin/process";
 *
 * await using plugin = await spawnContainer({
 *   manifest: await loadManifest("/plugins/render"),
 *   directory: "/plugins/render",
 *   dataDirectory: "/data/plugins/render/files",
 *   privateDirectory: "/data/plugins/render/container",
 * });
 * await plugin.init({});
 * ```
 */
export async function spawnContainer(given: SpawnContainerOptions): Promise<PluginProcess> {
  const { manifest, logger, signal } = given;
  signal?.throwIfAborted();
  const plugin = manifest.name;
  const options = await realFolders(given);
  const engine = await findEngine(plugin);
  const imageId = await findImage(engine, manifest);
  const label = await labelOf(options.privateDirectory);
  await removeLeftBehind(engine, label);
  const container = { engine, name: `sigil-${plugin}-${randomHex()}`, plugin, logger };
  const { args } = containerCommand(manifest, {
    ...options,
    engine,
    imageId,
    label,
    containerName: container.name,
    boot: await writeBoot(options.privateDirectory),
    user: await prepareFolders(options),
  });
  const child = new ChildPlugin(start(container, args), { ...options, plugin });
  return await untilHealthy(child, { ...options, plugin });
}

/** The gateway's own folders may be behind links, since no plugin writes what is above them. */
async function realFolders(options: SpawnContainerOptions): Promise<SpawnContainerOptions> {
  const { directory, dataDirectory, privateDirectory } = options;
  for (const path of [dataDirectory, privateDirectory]) {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  }
  return {
    ...options,
    directory: await Deno.realPath(directory),
    dataDirectory: await Deno.realPath(dataDirectory),
    privateDirectory: await Deno.realPath(privateDirectory),
  };
}

async function findEngine(plugin: string): Promise<ContainerEngine> {
  const reasons: string[] = [];
  for (const engine of CONTAINER_ENGINES) {
    const { available, detail } = await tryEngine(engine);
    if (available) return engine;
    reasons.push(detail);
  }
  const why = `it needs a container engine, and none answers here (${reasons.join("; ")}): ` +
    "install podman, or start docker";
  throw new PluginError("unavailable", `Cannot start plugin "${plugin}": ${why}`, { plugin });
}

/** The id of the image that is here under that name now, so that it is this one that is run. */
async function findImage(
  engine: ContainerEngine,
  { name: plugin, execution: { image = "" } }: SpawnContainerOptions["manifest"],
): Promise<string> {
  const args = ["image", "inspect", "--format={{.Id}}", image];
  const { success, output } = await askEngine(engine, args);
  if (success) return output;
  const why =
    `${engine} has no image ${image}, and the gateway fetches none: ${engine} pull ${image}`;
  throw new PluginError("unsupported", `Cannot start plugin "${plugin}": ${why}`, { plugin });
}

/** One gateway at a time uses a folder, so that what bears its mark is ours. */
async function labelOf(directory: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(directory));
  return new Uint8Array(digest, 0, 16).toHex();
}

async function removeLeftBehind(engine: ContainerEngine, label: string): Promise<void> {
  const args = ["ps", "--all", "--quiet", `--filter=label=${CONTAINER_LABEL}=${label}`];
  const { output } = await askEngine(engine, args);
  const ids = output.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await askEngine(engine, ["rm", "--force", ...ids]);
}

async function writeBoot(directory: string): Promise<string> {
  const path = `${directory}/boot.js`;
  await Deno.writeTextFile(path, BOOT_SOURCE);
  await Deno.chmod(path, 0o644); // It may be read by another user, who reaches nothing beside it.
  return path;
}

/** The client of the engine, as if it were the plugin: it has ended when the container is gone. */
function start(container: Container, args: readonly string[]): PluginChild {
  const { engine, plugin } = container;
  const client = spawnClient(engine, args, plugin);
  return {
    pid: client.pid,
    stdin: client.stdin,
    stdout: client.stdout,
    stderr: client.stderr,
    status: client.status.then(async (status) => {
      await removeContainer(container);
      return status;
    }),
    kill: (signal) => client.kill(signal),
  };
}

function spawnClient(
  engine: ContainerEngine,
  args: readonly string[],
  plugin: string,
): Deno.ChildProcess {
  try {
    return new Deno.Command(engine, {
      args: [...args],
      clearEnv: true,
      env: engineEnvironment(),
      cwd: "/",
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    const message = `Cannot start plugin "${plugin}": ${engine} cannot be run`;
    throw new PluginError("unavailable", message, { plugin, cause });
  }
}

/** One that has ended is gone already; one whose client died goes on. */
async function removeContainer({ engine, name, plugin, logger }: Container): Promise<void> {
  const left = await askEngine(engine, ["rm", "--force", name]).then(
    ({ success, complaint }) => success || isGone(complaint) ? undefined : complaint,
    (error) => String(error),
  );
  if (left === undefined) return;
  logger?.error("container left behind", { plugin, container: name, engine, why: left });
}

function isGone(complaint: string): boolean {
  return /no such container|no container with/i.test(complaint);
}

function randomHex(): string {
  return crypto.getRandomValues(new Uint8Array(8)).toHex();
}
