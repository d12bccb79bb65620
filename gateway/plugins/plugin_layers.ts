// SPDX-License-Identifier: Apache-2.0

import type { SandboxConfig } from "@sigil/config";
import type { LayerStatus, SandboxLayer, SpawnPlugin } from "@sigil/plugin/process";

/** How plugins are held on this machine. */
export interface PluginLayers {
  /** The layers around each process. */
  readonly layers: readonly SandboxLayer[];
  /** Why no plugin may be started; undefined when they may. */
  readonly refusal: string | undefined;
}

/** Chooses from the layers that the machine has what the section `security.sandbox` asks for. */
export function choosePluginLayers(
  { bwrap }: Pick<SandboxConfig, "bwrap">,
  found: readonly LayerStatus[],
): PluginLayers {
  const available = found.filter((status) => status.available).map(({ layer }) => layer);
  if (bwrap === "off") {
    return { layers: available.filter((layer) => layer !== "bwrap"), refusal: undefined };
  }
  if (bwrap === "auto" || available.includes("bwrap")) {
    return { layers: available, refusal: undefined };
  }
  const reason = found.find(({ layer }) => layer === "bwrap")?.reason ?? "it was not found";
  return { layers: available, refusal: `security.sandbox requires bubblewrap, and ${reason}` };
}

/** Starts plugins the way that is asked for, unless there is a reason to start none. */
export async function spawnHeldPlugin(
  { refusal }: PluginLayers,
  options: Parameters<SpawnPlugin>[0],
): ReturnType<SpawnPlugin> {
  const { spawnPlugin } = await import("@sigil/plugin/process");
  if (refusal === undefined) return await spawnPlugin(options);
  const { PluginError } = await import("@sigil/plugin");
  const { plugin } = options;
  throw new PluginError("unsupported", `Cannot start plugin "${plugin}": ${refusal}`, { plugin });
}
