// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";
import { hostProblem } from "./_network_host.ts";
import {
  allowedPathProblem,
  configReference,
  isInside,
  normalizePath,
  pathProblem,
} from "./_permission_path.ts";
import { parseSize } from "./units.ts";

/** What of a manifest decides what its plugin reaches. */
export type PermissionManifest = Pick<Manifest, "name" | "execution">;

/** Where a plugin lives, and what the person who runs the gateway has set. */
export interface PermissionOptions {
  /** The plugin's folder: an absolute path. */
  readonly directory: string;
  /** The folder for the plugin's own data, from which its relative paths start: an absolute path. */
  readonly dataDirectory: string;
  /** The plugin's configuration, for entries such as `${config.folder}`. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Absolute paths that no plugin may reach, nor anything in them, nor any folder that holds them:
   * the gateway's own data, other plugins. The plugin's own two folders are excepted.
   */
  readonly forbidden?: readonly string[] | undefined;
  /** The gateway's proxy, as `host:port`, for plugins with `network.proxy`. */
  readonly proxy?: string | undefined;
}

/** All that a plugin reaches. What is not listed is refused. */
export interface PluginPermissions {
  /** Absolute paths that it can read, its own folder first. */
  readonly read: readonly string[];
  /** Absolute paths that it can write. They are in `read` as well. */
  readonly write: readonly string[];
  /** Absolute paths that it can neither read nor write, even within the others. */
  readonly deny: readonly string[];
  /** Hosts that it can connect to, each as `host:port`. */
  readonly net: readonly string[];
  /** How much memory it may use, in bytes; no limit of its own when absent. */
  readonly memoryBytes: number | undefined;
}

/**
 * Works out what a plugin reaches, from its manifest and its configuration. It touches nothing.
 *
 * A key of the configuration that an entry names and that is not set grants nothing.
 *
 * @throws {PluginError} With code `invalid_permission` when a path or host would open more than it
 * shows, `unsupported` when the plugin wants the gateway's proxy and there is none.
 * @throws {TypeError} When one of the folders is not an absolute path that a flag can hold.
 *
 * @example Usage
 * ```ts
 * import { parseManifest, resolvePermissions } from "@sigil/plugin";
 *
 * const manifest = parseManifest(`
 * name: search
 * version: 1.0.0
 * type: tool
 * engine: ">=0.1.0"
 * execution: { tier: process, sandbox: { filesystem: { read_allow: ["\${config.folder}"] } } }
 * `);
 * const { read } = resolvePermissions(manifest, {
 *   directory: "/srv/plugins/search",
 *   dataDirectory: "/srv/data/search",
 *   config: { folder: "/srv/notes" },
 * });
 * // ["/srv/plugins/search", "/srv/notes"]
 * ```
 */
export function resolvePermissions(
  manifest: PermissionManifest,
  options: PermissionOptions,
): PluginPermissions {
  const directory = ownFolder(options.directory, "directory");
  ownFolder(options.dataDirectory, "dataDirectory");
  const { filesystem, network } = manifest.execution.sandbox ?? {};
  const paths = (entries: readonly string[] | undefined) =>
    resolveEntries(entries, manifest, options).map((entry) => toPath(entry, manifest, options));
  const write = paths(filesystem?.write_allow);
  const read = [directory, ...paths(filesystem?.read_allow), ...write];
  refuseSelfChange(write, directory, manifest);
  return {
    read: unique(read),
    write: unique(write),
    deny: unique(
      (filesystem?.read_deny ?? []).map((path) => toDeniedPath(path, manifest, options)),
    ),
    net: network?.proxy === true ? [proxyOf(manifest, options)] : unique(
      resolveEntries(network?.allow, manifest, options).map((entry) => toHost(entry, manifest)),
    ),
    memoryBytes: memoryBytes(manifest),
  };
}

/** An entry of the manifest, or a value that the configuration has in its place. */
interface Entry {
  readonly text: string;
  /** The entry as it stands in the manifest, when the text is from the configuration. */
  readonly reference: string | undefined;
}

function resolveEntries(
  entries: readonly string[] = [],
  manifest: PermissionManifest,
  { config = {} }: PermissionOptions,
): Entry[] {
  return entries.flatMap((entry): Entry[] => {
    const key = configReference(entry);
    if (key === undefined) return [{ text: entry, reference: undefined }];
    const value = Object.hasOwn(config, key) ? config[key] : undefined;
    if (value === undefined) return [];
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
    return texts.map((text) => {
      if (typeof text === "string") return { text, reference: entry };
      throw refuse(
        manifest,
        entry,
        "the configuration has neither a text nor a list of texts there",
      );
    });
  });
}

function toPath(entry: Entry, manifest: PermissionManifest, options: PermissionOptions): string {
  const { text, reference } = entry;
  const shown = reference === undefined ? text : `${text} (${reference})`;
  const problem = allowedPathProblem(text);
  if (problem !== undefined) throw refuse(manifest, shown, problem);
  if (reference !== undefined && !text.startsWith("/")) {
    throw refuse(manifest, shown, "a path in the configuration is absolute");
  }
  const path = absolutePath(text, options);
  if (isOwn(path, options)) return path;
  const forbidden = options.forbidden?.map(normalizePath)
    .find((folder) => isInside(path, folder) || isInside(folder, path));
  if (forbidden === undefined) return path;
  throw refuse(manifest, shown, `no plugin may reach ${forbidden}`);
}

function toDeniedPath(
  path: string,
  manifest: PermissionManifest,
  options: PermissionOptions,
): string {
  const problem = pathProblem(path);
  if (problem !== undefined) throw refuse(manifest, path, problem);
  return absolutePath(path, options);
}

function absolutePath(path: string, { dataDirectory }: PermissionOptions): string {
  return normalizePath(path.startsWith("/") ? path : `${dataDirectory}/${path}`);
}

function isOwn(path: string, { directory, dataDirectory }: PermissionOptions): boolean {
  return [directory, dataDirectory].some((folder) => isInside(path, normalizePath(folder)));
}

/** A plugin that can write its own files can write itself a new manifest. */
function refuseSelfChange(
  write: readonly string[],
  directory: string,
  manifest: PermissionManifest,
): void {
  const path = write.find((path) => isInside(path, directory) || isInside(directory, path));
  if (path !== undefined) throw refuse(manifest, path, "a plugin never writes its own folder");
}

function toHost({ text, reference }: Entry, manifest: PermissionManifest): string {
  const host = reference === undefined ? text : hostOfUrl(text);
  const problem = hostProblem(host);
  if (problem === undefined) return host;
  throw refuse(manifest, reference === undefined ? text : `${host} (${reference})`, problem);
}

/** A configuration often has a base URL, of which only host and port are wanted. */
function hostOfUrl(text: string): string {
  if (!text.includes("://")) return text;
  const url = URL.parse(text);
  if (url === null) return text;
  return `${url.hostname}:${url.port || (url.protocol === "http:" ? "80" : "443")}`;
}

function proxyOf(manifest: PermissionManifest, { proxy }: PermissionOptions): string {
  if (proxy === undefined) {
    const message =
      `Cannot run plugin "${manifest.name}": it wants the gateway's proxy, and there is none`;
    throw new PluginError("unsupported", message, { plugin: manifest.name });
  }
  const problem = hostProblem(proxy);
  if (problem !== undefined) throw new TypeError(`Cannot use ${proxy} as proxy: ${problem}`);
  return proxy;
}

function memoryBytes({ name, execution }: PermissionManifest): number | undefined {
  if (execution.memory_limit === undefined) return undefined;
  try {
    return parseSize(execution.memory_limit);
  } catch (cause) {
    const message = `Cannot run plugin "${name}": its memory limit is not a size`;
    throw new PluginError("invalid_permission", message, { plugin: name, cause });
  }
}

function ownFolder(path: string, name: string): string {
  const problem = path.startsWith("/") ? pathProblem(path) : "it is not absolute";
  if (problem !== undefined) throw new TypeError(`Cannot use ${path} as ${name}: ${problem}`);
  return normalizePath(path);
}

function refuse(manifest: PermissionManifest, entry: string, reason: string): PluginError {
  const message = `Cannot give plugin "${manifest.name}" ${entry.slice(0, 200)}: ${reason}`;
  return new PluginError("invalid_permission", message, { plugin: manifest.name });
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
