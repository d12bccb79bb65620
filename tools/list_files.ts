// SPDX-License-Identifier: Apache-2.0

import { PROJECT_ROOT } from "./workspace.ts";

/** Lists the files of the project that git tracks or would track, as paths from its root. */
export async function listFiles(root: URL = PROJECT_ROOT): Promise<readonly string[]> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    cwd: root,
  }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(`Cannot list the files of the project: ${decoder.decode(stderr).trim()}`);
  }
  const paths = decoder.decode(stdout).split("\0").filter((path) => path !== "");
  const exist = await Promise.all(paths.map((path) => isFile(new URL(path, root))));
  return paths.filter((_, index) => exist[index]).sort();
}

/** A file that was removed, but not yet from the index, is listed by git all the same. */
async function isFile(url: URL): Promise<boolean> {
  const info = await Deno.lstat(url).catch(() => undefined);
  return info?.isFile === true;
}
