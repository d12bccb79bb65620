// SPDX-License-Identifier: Apache-2.0

import { statIfThere } from "../_stat_if_there.ts";

/** What a name takes beside its content: without it, millions of empty files would count nothing. */
const NAME_BYTES = 256;

const BLOCK_BYTES = 512;

/**
 * Measures what a folder takes on the disk, in bytes: its blocks, and a little for each name. Links are
 * not followed, and a file of two names counts twice. What vanishes meanwhile does not count.
 *
 * It stops as soon as it is over the limit, and gives what it has found by then.
 */
export async function measureFolder(
  folder: string,
  limitBytes: number,
  signal: AbortSignal,
): Promise<number> {
  const folders = [folder];
  let bytes = 0;
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for await (const { name } of entriesIn(next)) {
      signal.throwIfAborted();
      const path = `${next}/${name}`;
      const info = await statIfThere(path);
      if (info === undefined) continue;
      bytes += NAME_BYTES + diskBytes(info);
      if (bytes > limitBytes) return bytes;
      if (info.isDirectory) folders.push(path);
    }
  }
  return bytes;
}

/** A file may have holes, which take nothing. */
function diskBytes({ blocks, size }: Deno.FileInfo): number {
  return blocks === null ? size : blocks * BLOCK_BYTES;
}

async function* entriesIn(folder: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
