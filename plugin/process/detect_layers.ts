// SPDX-License-Identifier: Apache-2.0

import type { SandboxLayer } from "./plugin_process.ts";

/** Whether this machine has a layer. */
export interface LayerStatus {
  /** The layer. */
  readonly layer: SandboxLayer;
  /** Whether it works here. */
  readonly available: boolean;
  /** If it does not, why. */
  readonly reason: string;
}

/** For each layer, a command that succeeds only where the layer works. */
const TRIALS: Readonly<Record<SandboxLayer, readonly string[]>> = {
  bwrap: ["bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "true"],
  pdeathsig: ["setpriv", "--pdeathsig", "KILL", "--", "true"],
  prlimit: ["prlimit", "--data=1073741824", "--core=0", "--", "true"],
};

/**
 * Tries which layers of a sandbox work on this machine, each by starting a program in it.
 *
 * Requires `--allow-run=bwrap,setpriv,prlimit`; a layer whose program may not be run is not there.
 *
 * @example Usage
 * ```ts ignore
 * import { detectLayers } from "@sigil/plugin/process";
 *
 * const found = (await detectLayers()).filter((status) => status.available);
 * const sandbox = { layers: found.map((status) => status.layer) };
 * ```
 */
export async function detectLayers(): Promise<readonly LayerStatus[]> {
  const trials = Object.entries(TRIALS) as [SandboxLayer, readonly string[]][];
  return await Promise.all(trials.map(([layer, command]) => tryLayer(layer, command)));
}

async function tryLayer(layer: SandboxLayer, command: readonly string[]): Promise<LayerStatus> {
  const [program = "", ...args] = command;
  try {
    const { success, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
    const reason = success ? "" : `${program} does not work: ${firstLine(stderr)}`;
    return { layer, available: success, reason };
  } catch (error) {
    return { layer, available: false, reason: whyNot(program, error) };
  }
}

function whyNot(program: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return `${program} is not installed`;
  if (error instanceof Deno.errors.NotCapable) return `${program} may not be run`;
  return `${program} cannot be started`;
}

function firstLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim().split("\n", 1)[0] ?? "";
}
