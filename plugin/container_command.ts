// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "./errors.ts";
import { isInside, pathProblem } from "./_permission_path.ts";
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
  /** What is run in place of the manifest's image: the id that its name stands for now. */
  readonly imageId?: string | undefined;
  /** A mark by which the containers of one plugin are found again: letters, digits, `_`, `.`, `-`. */
  readonly label?: string | undefined;
  /** Who the plugin is, inside and outside; nobody when absent. Never root. */
  readonly user?: ContainerUser | undefined;
  /** The absolute path of our boot, to be found at `/sigil/boot.js`; not there when absent. */
  readonly boot?: string | undefined;
  /** How much memory any plugin may use, in bytes; as much as the manifest says when absent. */
  readonly maxMemoryBytes?: number | undefined;
}

/** A user of the machine, by numbers. */
export interface ContainerUser {
  /** The user. */
  readonly uid: number;
  /** The group. */
  readonly gid: number;
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
  "--no-healthcheck",
  "--stop-timeout=1",
  "--read-only",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
  "--pids-limit=128",
  "--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=64m",
] as const;

/** What podman does by itself and docker does not, or has no flag for. */
const ENGINE_WALLS: Readonly<Record<ContainerEngine, readonly string[]>> = {
  podman: ["--read-only-tmpfs=false", "--image-volume=ignore", "--http-proxy=false"],
  docker: [],
};

/** Nobody, on every system that has one. */
export const NOBODY: ContainerUser = { uid: 65534, gid: 65534 };

/** The key of the label that {@linkcode ContainerOptions.label} is the value of. */
export const CONTAINER_LABEL = "sigil.plugin";

const DEFAULT_MEMORY_BYTES = 512_000_000;

const IMAGE_ID = /^[a-z0-9][a-z0-9:]*$/;

const CONTAINER_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;

/**
 * Compiles a manifest of the container tier into the command line that runs it. It runs nothing.
 *
 * The container speaks over stdin and stdout, has no capabilities of the kernel, a root that cannot be
 * written, 128 processes and 512 MB of memory unless the manifest says otherwise. It finds its own
 * folder at `/plugin`, our boot at `/sigil/boot.js`, its volumes where the manifest mounts them, and
 * every granted path at the path's own name. The image must be on the machine already: nothing is
 * fetched.
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
  const { engine, containerName, boot } = options;
  const { tier, image, network = "none" } = manifest.execution;
  if (tier !== "container" || image === undefined) {
    throw unsupported(manifest.name, "it is not of the container tier");
  }
  checkOptions(options);
  const permissions = resolvePermissions(manifest, options);
  checkKeepable(manifest.name, permissions);
  const mounts = [
    ...permissionMounts(permissions),
    ...(boot === undefined ? [] : [bindMount(boot, "/sigil/boot.js", "readonly")]),
    ...volumeFolders(manifest, options).map(({ path, mount }) =>
      bindMount(path, mount, "readwrite")
    ),
  ];
  return {
    command: engine,
    args: [
      ...WALLS,
      ...ENGINE_WALLS[engine],
      ...userArgs(options),
      `--name=${containerName}`,
      ...(options.label === undefined ? [] : [`--label=${CONTAINER_LABEL}=${options.label}`]),
      `--network=${network}`,
      ...memoryArgs(permissions, options),
      ...mounts,
      options.imageId ?? image,
    ],
  };
}

/** A folder of a plugin that its container sees. */
export interface VolumeFolder {
  /** Its name in the manifest. */
  readonly name: string;
  /** Where it is on the machine: an absolute path. */
  readonly path: string;
  /** Where the plugin finds it. */
  readonly mount: string;
}

/** Tells where the volumes of a plugin are on the machine. */
export function volumeFolders(
  { storage }: Pick<Manifest, "storage">,
  { dataDirectory }: Pick<PermissionOptions, "dataDirectory">,
): readonly VolumeFolder[] {
  return (storage?.volumes ?? []).map(({ name, mount }) => {
    return { name, mount, path: `${dataDirectory}/volumes/${name}` };
  });
}

/** What comes from the gateway and not from the manifest, which is checked where it is read. */
function checkOptions(options: ContainerOptions): void {
  const { containerName, label = "a", imageId = "a", boot = "/", user = NOBODY } = options;
  const isRoot = [user.uid, user.gid].some((id) => !Number.isSafeInteger(id) || id < 1);
  const checks = [
    ["name", containerName, CONTAINER_NAME.test(containerName)],
    ["label", label, CONTAINER_NAME.test(label)],
    ["image", imageId, IMAGE_ID.test(imageId)],
    ["boot", boot, boot.startsWith("/") && pathProblem(boot) === undefined],
    ["user", `${user.uid}:${user.gid}`, !isRoot],
  ] as const;
  const wrong = checks.find(([, , isRight]) => !isRight);
  if (wrong === undefined) return;
  const [what, value] = wrong;
  throw new TypeError(`Cannot use ${JSON.stringify(value)} as the ${what} of a container`);
}

/** Without root, podman has users of its own, of whom one has to be made the user of the machine. */
function userArgs({ engine, user }: ContainerOptions): readonly string[] {
  const { uid, gid } = user ?? NOBODY;
  const own = engine === "podman" && user !== undefined ? ["--userns=keep-id"] : [];
  return [...own, `--user=${uid}:${gid}`];
}

function memoryArgs(
  { memoryBytes = DEFAULT_MEMORY_BYTES }: PluginPermissions,
  { maxMemoryBytes = Infinity }: ContainerOptions,
): readonly string[] {
  const memory = `${Math.min(memoryBytes, maxMemoryBytes)}b`;
  return [`--memory=${memory}`, `--memory-swap=${memory}`];
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
