// SPDX-License-Identifier: Apache-2.0

import { LEFT_OUT } from "../_left_out.ts";
import { PluginError } from "../errors.ts";

/** A file of a plugin. */
export interface PluginFile {
  /** Its path from the plugin's folder, with `/` between the parts. */
  readonly path: string;
  /** How long it is. */
  readonly bytes: number;
}

/** The most files that a plugin has, its folders counted too. */
export const MAX_FILES = 4096;

/** The most bytes that a plugin has, all of its files together. */
export const MAX_BYTES = 64 * 1024 * 1024;

/** The longest path of a file, in UTF-16 code units. */
const MAX_PATH_LENGTH = 512;

/**
 * Lists the files of a plugin, sorted by path, and refuses what is neither a file nor a folder: a link
 * may lead anywhere.
 */
export async function listPluginFiles(
  directory: string,
  signal: AbortSignal | undefined,
): Promise<PluginFile[]> {
  const files: PluginFile[] = [];
  const folders = [""];
  let bytes = 0;
  let count = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const { name } of Deno.readDir(`${directory}/${folder}`)) {
      signal?.throwIfAborted();
      const path = `${folder}${name}`;
      if (path === LEFT_OUT) continue;
      const problem = filePathProblem(path);
      if (problem !== undefined) throw unsafe(directory, path, problem);
      const info = await Deno.lstat(`${directory}/${path}`);
      if (info.isDirectory) folders.push(`${path}/`);
      else if (info.isFile) files.push({ path, bytes: info.size });
      else throw unsafe(directory, path, info.isSymlink ? "it is a link" : "it is no plain file");
      bytes += info.size;
      checkSize(directory, ++count, bytes);
    }
  }
  return files.sort((a, b) => compareBytes(a.path, b.path));
}

/** Tells why a path cannot be that of a plugin's file; nothing when it can. */
export function filePathProblem(path: string): string | undefined {
  if (path.length > MAX_PATH_LENGTH) return "its path is too long";
  if (path.startsWith("/")) return "its path is absolute";
  if (/[\p{Cc}\\]/u.test(path)) return "its path has a control character or a backslash";
  const segments = path.split("/");
  if (segments.includes("..")) return 'its path has the segment ".."';
  return segments.includes("") || segments.includes(".") ? "its path is untidy" : undefined;
}

/** Refuses a plugin that is larger than any should be. */
export function checkSize(directory: string, files: number, bytes: number): void {
  if (files > MAX_FILES) throw unsafe(directory, "", `it has more than ${MAX_FILES} files`);
  if (bytes > MAX_BYTES) throw unsafe(directory, "", `it is larger than ${MAX_BYTES} bytes`);
}

/** Makes the error for a file of a plugin; for the whole of it when the path is empty. */
export function unsafe(directory: string, path: string, reason: string): PluginError {
  const what = path === "" ? directory : `${directory}/${path.slice(0, 200)}`;
  return new PluginError("unsafe", `Cannot use the plugin file ${JSON.stringify(what)}: ${reason}`);
}

/** Orders texts as their UTF-8 bytes, which is the order of their code points. */
function compareBytes(left: string, right: string): number {
  const a = new TextEncoder().encode(left);
  const b = new TextEncoder().encode(right);
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
