// SPDX-License-Identifier: Apache-2.0

import {
  type PermissionManifest,
  type PermissionOptions,
  resolvePermissions,
} from "./resolve_permissions.ts";

/**
 * Compiles a manifest into the flags of `deno run` that give its plugin what it names, and no more.
 *
 * The plugin can read its own folder; everything else is refused unless the manifest names it. The
 * order is fixed: read, write, their denials, net, memory. Environment, subprocesses, native code and
 * information on the machine are never given.
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
  const { read, write, deny, net, memoryBytes } = resolvePermissions(manifest, options);
  return [
    ...listFlag("--allow-read", read),
    ...listFlag("--allow-write", write),
    ...listFlag("--deny-read", deny),
    ...listFlag("--deny-write", deny),
    ...listFlag("--allow-net", net),
    ...(memoryBytes === undefined ? [] : [heapFlag(memoryBytes)]),
  ];
}

/** A flag without a list would allow everything. */
function listFlag(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${name}=${values.join(",")}`];
}

/** V8 counts in MiB and needs some to start at all. */
function heapFlag(bytes: number): string {
  return `--v8-flags=--max-old-space-size=${Math.max(16, Math.floor(bytes / 2 ** 20))}`;
}
