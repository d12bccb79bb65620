// SPDX-License-Identifier: Apache-2.0

/** Reads a file of text; `undefined` when it is not there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
