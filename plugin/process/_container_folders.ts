// SPDX-License-Identifier: Apache-2.0

import { isInside } from "../_permission_path.ts";
import { statIfThere } from "../_stat_if_there.ts";
import { type ContainerUser, NOBODY, volumeFolders } from "../container_command.ts";
import { PluginError } from "../errors.ts";
import { resolvePermissions } from "../resolve_permissions.ts";
import type { SpawnContainerOptions } from "./spawn_container.ts";

/**
 * Makes the folders that a container may write of its plugin's own, and tells who it is: never root.
 *
 * Every path that is shown to the container has to be what it seems to be: where a plugin may write, it
 * can leave a link, which the engine would follow as root. No container of the plugin may run.
 *
 * @throws {PluginError} With code `unsafe` when a path leads through a link.
 */
export async function prepareFolders(
  options: SpawnContainerOptions,
): Promise<ContainerUser | undefined> {
  const { manifest, dataDirectory, privateDirectory } = options;
  const { uid, gid } = await Deno.stat(privateDirectory);
  const isRoot = uid === 0 || uid === null;
  const { read } = resolvePermissions(manifest, options);
  const paths = [...read, ...volumeFolders(manifest, options).map(({ path }) => path)];
  for (const path of paths) {
    if (isInside(path, dataDirectory)) await makeOwn(path, isRoot, options);
    else if (await realPath(path) !== path) throw linked(manifest.name, path);
  }
  return isRoot ? undefined : { uid, gid: gid || NOBODY.gid };
}

/** Step by step, because to make a folder in a folder follows links. */
async function makeOwn(
  path: string,
  isRoot: boolean,
  { manifest, dataDirectory }: SpawnContainerOptions,
): Promise<void> {
  const names = path.slice(dataDirectory.length).split("/").filter((name) => name !== "");
  let folder = dataDirectory;
  for (const name of names) {
    folder += `/${name}`;
    const info = await statIfThere(folder);
    if (info === undefined) await Deno.mkdir(folder, { mode: 0o700 });
    else if (info.isSymlink) throw linked(manifest.name, folder);
    if (isRoot) await Deno.chown(folder, NOBODY.uid, NOBODY.gid);
  }
}

/** What cannot be looked at is not what it seems to be; what is not there the engine will tell. */
async function realPath(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? path : undefined;
  }
}

function linked(plugin: string, path: string): PluginError {
  const message = `Cannot start plugin "${plugin}": ${path} is or leads through a link, ` +
    "or cannot be looked at: name the path that it leads to";
  return new PluginError("unsafe", message, { plugin });
}
