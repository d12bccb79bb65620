// SPDX-License-Identifier: Apache-2.0

import {
  type PermissionManifest,
  type PermissionOptions,
  type PluginPermissions,
  resolvePermissions,
} from "./resolve_permissions.ts";

/**
 * Compiles a manifest into the flags of `deno run` that give its plugin what it names, and no more.
 *
 * The plugin can read its own folder; everything else is refused unless the manifest names it. The
 * order is fixed: read, write, their denials, net. Environment, subprocesses, native code and
 * information on the machine are never given. Memory is limited by how the process is started.
 *
 * @throws {PluginError} With the codes of {@linkcode resolvePermissions}.
 * @throws {TypeError} When one of the folders is not an absolute path that a flag can hold.
 *
 * @example Usage
 * ```ts
 * import { compilePermissionFlags, parseManifest } from "@sigil/plugin";
 *
 * const manifest = parseManifest(`
 * name: weather
 * version: 1.0.0
 * type: tool
 * engine: ">=0.1.0"
 * execution: { tier: process, sandbox: { network: { allow: ["api.open-meteo.com:443"] } } }
 * `);
 * compilePermissionFlags(manifest, {
 *   directory: "/srv/plugins/weather",
 *   dataDirectory: "/srv/data/weather",
 * });
 * // ["--allow-read=/srv/plugins/weather", "--allow-net=api.open-meteo.com:443"]
 * ```
 */
export function compilePermissionFlags(
  manifest: PermissionManifest,
  options: PermissionOptions,
): readonly string[] {
  return permissionFlags(resolvePermissions(manifest, options));
}

/**
 * Writes permissions as flags of `deno run`; those on memory are no flags for a permission.
 *
 * @example Usage
 * ```ts
 * import { permissionFlags } from "@sigil/plugin";
 *
 * permissionFlags({ read: ["/srv/a"], write: [], deny: [], net: [], memoryBytes: undefined });
 * // ["--allow-read=/srv/a"]
 * ```
 */
export function permissionFlags(permissions: PluginPermissions): readonly string[] {
  const { read, write, deny, net } = permissions;
  return [
    ...listFlag("--allow-read", read),
    ...listFlag("--allow-write", write),
    ...listFlag("--deny-read", deny),
    ...listFlag("--deny-write", deny),
    ...listFlag("--allow-net", net),
  ];
}

/** A flag without a list would allow everything. */
function listFlag(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${name}=${values.join(",")}`];
}
