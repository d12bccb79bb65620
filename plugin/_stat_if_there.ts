// SPDX-License-Identifier: Apache-2.0

/** Tells what is at a path, and follows no link there; `undefined` when there is nothing. */
export async function statIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
