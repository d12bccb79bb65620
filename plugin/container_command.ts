// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "./errors.ts";
import { isInside } from "./_permission_path.ts";
import type { Manifest } from "./manifest.ts";
import {
  type PermissionOptions,
  type PluginPermissions,
  resolvePermissions,
} from "./resolve_permissions.ts";

/** Every {@linkcode ContainerEngine}. */
export const CONTAINER_ENGINES = ["podman", "docker"] as const;

/** A program that runs containers. */
export type ContainerEngine = typeof CONTAINER_ENGINES[number];

/** Where a containerised plugin lives, and who runs it. */
export interface ContainerOptions extends PermissionOptions {
  /** The program. */
  readonly engine: ContainerEngine;
  /** What the container is called: letters, digits, `_`, `.` and `-`. Unique on the machine. */
  readonly containerName: string;
}

/** A program with its arguments. */
export interface ContainerCommand {
  /** The program. */
  readonly command: ContainerEngine;
  /** Its arguments, in a fixed order. */
  readonly args: readonly string[];
}

/** What every container gets: no power, no writable root, no network of its own, no leftovers. */
const WALLS = [
  "run",
  "--rm",
  "--interactive",
  "--pull=never",
  "--log-driver=none",
  "--read-only",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
  "--pids-limit=128",
  "--user=65534:65534",
  "--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=64m",
] as const;

const CONTAINER_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;

/**
 * Compiles a manifest of the container tier into the command line that runs it. It runs nothing.
 *
 * The container speaks over stdin and stdout, is nobody, has no capabilities of the kernel, a root
 * that cannot be written, and 512 MB of memory unless the manifest says otherwise. It finds its own
 * folder at `/plugin`, its volumes where the manifest mounts them, and every granted path at the
 * path's own name. The image must be on the machine already: nothing is fetched.
 *
 * @throws {PluginError} With code `unsupported` when the manifest is of another tier or asks for what
 * a container cannot keep to, and with the codes of {@linkcode resolvePermissions}.
 * @throws {TypeError} When the container's name or one of the folders is malformed.
 *
 * @example Usage
 * ```ts
 * import { containerCommand, parseManifest } from "@sigil/plugin";
 *
 * const manifest = parseManifest(`
 * name: render
 * version: 1.0.0
 * type: tool
 * engine: ">=0.1.0"
 * execution: { tier: container, image: "ghcr.io/example/render:1.0" }
 * `);
 * const { command, args } = containerCommand(manifest, {
 *   engine: "podman",
 *   containerName: "sigil-render-1",
 *   directory: "/srv/plugins/render",
 *   dataDirectory: "/srv/data/render",
 * });
 * ```
 */
export function containerCommand(
  manifest: Pick<Manifest, "name" | "execution" | "storage">,
  options: ContainerOptions,
): ContainerCommand {
  const { engine, containerName, dataDirectory } = options;
  const { tier, image, network = "none" } = manifest.execution;
  if (tier !== "container" || image === undefined) {
    throw unsupported(manifest.name, "it is not of the container tier");
  }
  if (!CONTAINER_NAME.test(containerName)) {
    throw new TypeError(`Cannot use ${JSON.stringify(containerName)} as the name of a container`);
  }
  const permissions = resolvePermissions(manifest, options);
  checkKeepable(manifest.name, permissions);
  const memory = `${permissions.memoryBytes ?? 512_000_000}b`;
  const mounts = [
    ...permissionMounts(permissions),
    ...(manifest.storage?.volumes ?? []).map(({ name, mount }) =>
      bindMount(`${dataDirectory}/volumes/${name}`, mount, "readwrite")
    ),
  ];
  return {
    command: engine,
    args: [
      ...WALLS,
      `--name=${containerName}`,
      `--network=${network}`,
      `--memory=${memory}`,
      `--memory-swap=${memory}`,
      ...mounts,
      image,
    ],
  };
}

/** A container can be kept from a network, but not to single hosts of one. */
function checkKeepable(plugin: string, { net, deny, read }: PluginPermissions): void {
  if (net.length > 0) {
    throw unsupported(plugin, "a container cannot be kept to single hosts: name a network instead");
  }
  const holed = deny.find((path) => read.some((folder) => isInside(path, folder)));
  if (holed === undefined) return;
  throw unsupported(plugin, `a container cannot be kept from ${holed} inside a folder that it has`);
}

function permissionMounts({ read, write }: PluginPermissions): string[] {
  const [directory = "", ...others] = read;
  return [
    bindMount(directory, "/plugin", "readonly"),
    ...others.map((path) => bindMount(path, path, write.includes(path) ? "readwrite" : "readonly")),
  ];
}

function bindMount(source: string, target: string, mode: "readonly" | "readwrite"): string {
  const suffix = mode === "readonly" ? ",readonly" : "";
  return `--mount=type=bind,source=${source},target=${target}${suffix}`;
}

function unsupported(plugin: string, reason: string): PluginError {
  const message = `Cannot run plugin "${plugin}" in a container: ${reason}`;
  return new PluginError("unsupported", message, { plugin });
}
