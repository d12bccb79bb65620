// SPDX-License-Identifier: Apache-2.0

/**
 * Drives our plugin: `sigil_driver.ts <folder for what it writes>`.
 *
 * A variant names the layers around the process, such as `bwrap`, or `fresh` for a DENO_DIR that no
 * process has used before.
 *
 * @module
 */

import { serveJobs } from "./peers/load.mjs";
import { spawnEcho } from "./_spawn_echo.ts";
import type { PluginProcess, SandboxLayer } from "../../plugin/process/mod.ts";

const CALL = { sessionId: "bench" };
const LAYERS: Readonly<Record<string, readonly SandboxLayer[]>> = {
  plain: [],
  fresh: [],
  pdeathsig: ["pdeathsig"],
  bwrap: ["bwrap"],
};

if (import.meta.main) await serveJobs(open);

async function open(variant: string) {
  const [folder = ""] = Deno.args;
  const denoDirectory = variant === "fresh"
    ? await Deno.makeTempDir({ dir: folder })
    : `${folder}/${variant}`;
  const plugin = await spawnEcho({
    denoDirectory,
    layers: LAYERS[variant] ?? [],
  });
  return {
    pid: plugin.pid,
    bare: () => plugin.health(),
    async tool(text: string) {
      let answer = "";
      await execute(plugin, "echo", { text }, (part) => answer += part);
      return answer;
    },
    stream(chunks: number, bytes: number, take: (text: string) => void) {
      return execute(plugin, "stream", { chunks, bytes }, take);
    },
    close: () => plugin.stop(),
  };
}

async function execute(
  plugin: PluginProcess,
  name: string,
  input: Readonly<Record<string, unknown>>,
  take: (text: string) => void,
): Promise<void> {
  for await (const chunk of plugin.tools.execute({ name, input, ...CALL })) {
    if (chunk.type === "error") throw new Error(chunk.message);
    take(chunk.text);
  }
}
