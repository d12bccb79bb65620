// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What the peers are made of. */
export const PEER_VERSIONS = {
  "@modelcontextprotocol/sdk": "1.32.2",
  "@grpc/grpc-js": "1.14.7",
  "@grpc/proto-loader": "0.8.1",
} as const;

const PEERS = fileURLToPath(new URL("peers/", import.meta.url));

/**
 * Installs the peers with npm, once, in the user's cache, where no lock of the project knows them,
 * and puts our programs beside them. Gives the folder.
 */
export async function installPeers(): Promise<string> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ??
    join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  const folder = join(cache, "sigil-bench", "plugin-peers");
  await Deno.mkdir(folder, { recursive: true });
  if (await lacksOne(folder)) await install(folder);
  for await (const { name } of Deno.readDir(PEERS)) {
    await Deno.copyFile(join(PEERS, name), join(folder, name));
  }
  return folder;
}

async function lacksOne(folder: string): Promise<boolean> {
  const found = await Promise.all(
    Object.entries(PEER_VERSIONS).map(async ([name, version]) => {
      return await installedVersion(join(folder, "node_modules", name)) ===
        version;
    }),
  );
  return found.includes(false);
}

async function installedVersion(folder: string): Promise<string | undefined> {
  try {
    return String(
      JSON.parse(await Deno.readTextFile(join(folder, "package.json"))).version,
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function install(folder: string): Promise<void> {
  const packages = Object.entries(PEER_VERSIONS).map(([name, version]) => `${name}@${version}`);
  const args = [
    "install",
    "--prefix",
    folder,
    "--no-audit",
    "--no-fund",
    ...packages,
  ];
  const { success } = await new Deno.Command("npm", { args, stdout: "null" })
    .output();
  if (!success) {
    throw new Error(`Cannot install "${packages.join(" ")}": npm failed`);
  }
}
