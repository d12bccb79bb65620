// SPDX-License-Identifier: Apache-2.0

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type PluginProcess, type SandboxLayer, spawnPlugin } from "../../plugin/process/mod.ts";

/** How the measured plugin is started. */
export interface SpawnEchoOptions {
  /** The DENO_DIR of the process. */
  readonly denoDirectory: string;
  /** The layers around it. */
  readonly layers: readonly SandboxLayer[];
}

/** Starts the measured plugin as a manifest without permissions would. */
export function spawnEcho(
  { denoDirectory, layers }: SpawnEchoOptions,
): Promise<PluginProcess> {
  const main = fileURLToPath(new URL("echo/main.ts", import.meta.url));
  return spawnPlugin({
    plugin: "echo",
    main,
    permissionFlags: [`--allow-read=${dirname(main)}`],
    denoDirectory,
    sandbox: { layers },
    onStderr: (line) => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`)),
  });
}
