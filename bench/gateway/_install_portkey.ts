// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";

const PACKAGE = "@portkey-ai/gateway";
const VERSION = "1.15.2";

/** A package that is installed. */
export interface InstalledPackage {
  /** Its version. */
  readonly version: string;
  /** Where it is. */
  readonly folder: string;
}

/** Installs the peer with npm, once, in the user's cache: no lock of the project knows it. */
export async function installPortkey(): Promise<InstalledPackage> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ??
    join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  const place = join(cache, "sigil-bench", `portkey-${VERSION}`);
  const folder = join(place, "node_modules", PACKAGE);
  if (!await isThere(join(folder, "build/start-server.js"))) {
    await install(place);
  }
  return { version: VERSION, folder };
}

async function install(place: string): Promise<void> {
  await Deno.mkdir(place, { recursive: true });
  const args = [
    "install",
    "--prefix",
    place,
    "--no-audit",
    "--no-fund",
    `${PACKAGE}@${VERSION}`,
  ];
  const { success } = await new Deno.Command("npm", { args, stdout: "null" })
    .output();
  if (!success) throw new Error(`Cannot install "${PACKAGE}": npm failed`);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
