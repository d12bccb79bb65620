// SPDX-License-Identifier: Apache-2.0

/** Reads a file of text; one that is not there is empty. */
export async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/**
 * Writes a file of text so that nobody reads half of it: the new one takes the place of the old one.
 *
 * Requires `--allow-write` for the file and for its name with `.new`, and `--allow-read` for both.
 */
export async function writeWhole(path: string, text: string, mode = 0o600): Promise<void> {
  const unfinished = `${path}.new`;
  await Deno.writeTextFile(unfinished, text, { mode });
  await Deno.rename(unfinished, path);
}
