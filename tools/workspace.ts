// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";

/** A published member of the workspace. */
export interface Member {
  /** Its package name, such as `@sigil/store`. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** Its folder from the root of the project, such as `store`; `.` for the root itself. */
  readonly folder: string;
  /** Its entries: subpath to file from the root of the project, such as `./sqlite` to `store/sqlite/mod.ts`. */
  readonly entries: Readonly<Record<string, string>>;
}

const PACKAGE = z.object({
  name: z.string(),
  version: z.string().default("0.0.0"),
  exports: z.union([z.string(), z.record(z.string(), z.string())]).default({}),
  publish: z.union([z.literal(false), z.object({})]).optional(),
});

const ROOT = PACKAGE.extend({ workspace: z.array(z.string()) });

/** The folder of the project, with a slash at its end. */
export const PROJECT_ROOT: URL = new URL("../", import.meta.url);

/**
 * Reads every published member from the `deno.json` files, the root first.
 *
 * Members that say `"publish": false` are left out. Requires `--allow-read` for the project.
 */
export async function readMembers(root: URL = PROJECT_ROOT): Promise<readonly Member[]> {
  const { workspace } = ROOT.parse(await readJson(new URL("deno.json", root)));
  const folders = [".", ...workspace.map((folder) => folder.replace(/^\.\//, ""))];
  const members = await Promise.all(folders.map((folder) => readMember(root, folder)));
  return members.filter((member) => member !== undefined);
}

async function readMember(root: URL, folder: string): Promise<Member | undefined> {
  const config = PACKAGE.parse(await readJson(new URL(`${folder}/deno.json`, root)));
  if (config.publish === false) return undefined;
  const exports = typeof config.exports === "string" ? { ".": config.exports } : config.exports;
  const entries = Object.entries(exports)
    .map(([subpath, file]) => [subpath, joinFolder(folder, file)]);
  return {
    name: config.name,
    version: config.version,
    folder,
    entries: Object.fromEntries(entries),
  };
}

function joinFolder(folder: string, file: string): string {
  const path = file.replace(/^\.\//, "");
  return folder === "." ? path : `${folder}/${path}`;
}

async function readJson(url: URL): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(url));
}
