// SPDX-License-Identifier: Apache-2.0

import { encodeHex } from "./_hex.ts";
import { listPluginFiles } from "./_plugin_files.ts";

/** Options of {@linkcode hashPlugin}. */
export interface HashPluginOptions {
  /** When it aborts, the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Computes the hash of a plugin's files: two plugins have the same one exactly when they have the same
 * files with the same content.
 *
 * It is the SHA-256, in hexadecimal, of the list that `sha256sum` prints for all files in the order of
 * their paths: `cd folder && find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`. A folder
 * `.git` at the top is no part of a plugin.
 *
 * Requires `--allow-read` for the folder.
 *
 * @throws {PluginError} With code `unsafe` when there is a link in it, or it is too large.
 *
 * @example Usage
 * ```ts
 * import { hashPlugin } from "@sigil/plugin/install";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/plugin.ts`, "export default {};\n");
 * const hash = await hashPlugin(folder); // 64 hexadecimal digits
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function hashPlugin(
  directory: string,
  options: HashPluginOptions = {},
): Promise<string> {
  const { signal } = options;
  let list = "";
  for (const { path } of await listPluginFiles(directory, signal)) {
    const content = await Deno.readFile(`${directory}/${path}`, signal && { signal });
    list += `${await sha256(content)}  ${path}\n`;
  }
  return await sha256(new TextEncoder().encode(list));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeHex(await crypto.subtle.digest("SHA-256", bytes));
}
