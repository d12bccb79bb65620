// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";
import { parseManifest } from "./parse_manifest.ts";

/** Options of {@linkcode loadManifest}. */
export interface LoadManifestOptions {
  /** When it aborts, the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The name of the file that every plugin has. */
export const MANIFEST_FILE = "plugin.yaml";

/** The largest file that is read, in bytes. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads and checks the `plugin.yaml` of a plugin's folder. It is UTF-8 and a file, not a link.
 *
 * Requires `--allow-read` for the folder.
 *
 * @throws {PluginError} With code `not_found` when there is none, `unsafe` when it is no plain file,
 * `invalid_manifest` when it breaks a rule, `unavailable` when it cannot be read.
 *
 * @example Usage
 * ```ts
 * import { loadManifest } from "@sigil/plugin";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(
 *   `${folder}/plugin.yaml`,
 *   "{ name: weather, version: 1.0.0, type: tool, engine: '>=0.1.0' }",
 * );
 * const manifest = await loadManifest(folder);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function loadManifest(
  directory: string,
  options: LoadManifestOptions = {},
): Promise<Manifest> {
  const path = `${directory.replace(/\/+$/, "")}/${MANIFEST_FILE}`;
  const bytes = await readPlainFile(path, options.signal);
  return parseManifest(decode(bytes, path), { path });
}

async function readPlainFile(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  signal?.throwIfAborted();
  try {
    const info = await Deno.lstat(path);
    if (!info.isFile) throw new PluginError("unsafe", `Cannot read "${path}": it is no plain file`);
    if (info.size > MAX_BYTES) throw tooLarge(path);
    return await Deno.readFile(path, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw toPluginError(error, path);
  }
}

function toPluginError(error: unknown, path: string): unknown {
  if (error instanceof PluginError) return error;
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    const reason = `there is no ${MANIFEST_FILE} in that folder`;
    return new PluginError("not_found", `Cannot read "${path}": ${reason}`, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new PluginError("unavailable", `Cannot read "${path}": ${reason}`, { cause: error });
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const issue = { code: "syntax", path: "", message: "Not UTF-8", line: 1, column: 1 } as const;
    const message = `Cannot use the plugin manifest "${path}": it is not UTF-8`;
    throw new PluginError("invalid_manifest", message, { issues: [issue], cause });
  }
}

function tooLarge(path: string): PluginError {
  const message = `Cannot use the plugin manifest "${path}": it is larger than 1 MiB`;
  const issue = {
    code: "syntax",
    path: "",
    message: "Larger than 1 MiB",
    line: 1,
    column: 1,
  } as const;
  return new PluginError("invalid_manifest", message, { issues: [issue] });
}
