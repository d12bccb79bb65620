// SPDX-License-Identifier: Apache-2.0

import type { Config } from "@sigil/config";
import type { EngineStatus, LayerStatus, SandboxLayer } from "@sigil/plugin/process";
import type { z } from "zod";
import { listOf, plugin } from "../rest/schemas.ts";
import type { Finding } from "./doctor_command.ts";
import type { GatewayClient } from "./gateway_client.ts";
import { type AdvisedPlugin, adviseOnPlugin } from "./plugin_advice.ts";

type Plugin = z.output<typeof plugin>;

/** What each layer is good for, and what makes a machine have it. */
const LAYERS: Readonly<Record<SandboxLayer, { readonly use: string; readonly lack: string }>> = {
  bwrap: {
    use: "Plugins see their own files and no other process (bubblewrap)",
    lack: "Install bubblewrap; until then Deno's own permissions hold plugins",
  },
  pdeathsig: {
    use: "A plugin ends with the gateway, however that ends (setpriv)",
    lack: "Install setpriv, of util-linux; until then a busy plugin may outlive a killed gateway",
  },
  prlimit: {
    use: "A plugin's memory has a limit (prlimit)",
    lack: "Install prlimit, of util-linux; until then only what V8 holds is limited",
  },
};

/** Tells which layers hold plugins on this machine. A lack is a warning once plugins are enabled. */
export async function examineIsolation(config: Config): Promise<readonly Finding[]> {
  const { detectEngines, detectLayers } = await import("@sigil/plugin/process");
  const [layers, engines] = await Promise.all([detectLayers(), detectEngines()]);
  return [...describeIsolation(config, layers), describeEngines(engines)];
}

/** Tells which engine runs plugins of the container tier. Most people need none. */
export function describeEngines(found: readonly EngineStatus[]): Finding {
  const check = "container engine";
  const used = found.find(({ available }) => available);
  if (used !== undefined) {
    const detail = `${used.engine} ${used.detail} answers, for plugins of the container tier`;
    return { check, result: "ok", detail, nextStep: "" };
  }
  const reasons = found.map(({ detail }) => detail).join("; ");
  const detail = `None answers (${reasons}); plugins of the container tier need podman or docker`;
  return { check, result: "ok", detail, nextStep: "" };
}

/** Tells what the layers that were found mean for a configuration. */
export function describeIsolation(
  config: Pick<Config, "plugins" | "security">,
  found: readonly LayerStatus[],
): readonly Finding[] {
  const { bwrap } = config.security.sandbox;
  const isUsed = Object.values(config.plugins).some(({ enabled }) => enabled);
  return found.map((status) => {
    if (status.layer === "bwrap" && bwrap === "off") return switchedOff(isUsed);
    if (status.layer === "bwrap" && bwrap === "required" && !status.available) {
      return missing(status);
    }
    return describeLayer(status, isUsed);
  });
}

function describeLayer({ layer, available, reason }: LayerStatus, isUsed: boolean): Finding {
  const check = `isolation ${layer}`;
  const { use, lack } = LAYERS[layer];
  if (available) return { check, result: "ok", detail: use, nextStep: "" };
  const detail = `Not here: ${reason}`;
  return { check, result: isUsed ? "warning" : "ok", detail, nextStep: isUsed ? lack : "" };
}

function switchedOff(isUsed: boolean): Finding {
  return {
    check: "isolation bwrap",
    result: isUsed ? "warning" : "ok",
    detail: "Switched off by security.sandbox.bwrap",
    nextStep: isUsed ? "Set it to auto" : "",
  };
}

function missing({ reason }: LayerStatus): Finding {
  return {
    check: "isolation bwrap",
    result: "failure",
    detail: `The configuration requires it, and ${reason}: no plugin is started`,
    nextStep: "Install bubblewrap, or set security.sandbox.bwrap to auto",
  };
}

/** Tells how the plugins are that are enabled. */
export async function examinePlugins(client: GatewayClient): Promise<readonly Finding[]> {
  const { items } = await client.get("/api/v1/plugins", listOf(plugin));
  return items.filter(({ enabled }) => enabled).map(describePlugin);
}

/** Tells how a plugin is. One that goes on as it was, because its new files are refused, is a warning. */
export function describePlugin(
  plugin: AdvisedPlugin & Pick<Plugin, "version" | "state" | "message">,
): Finding {
  const { name, version, state, message, isFolderGone } = plugin;
  const check = `plugin ${name}`;
  const nextStep = adviseOnPlugin(plugin);
  if (state === "error" || isFolderGone) {
    return { check, result: "failure", detail: message, nextStep };
  }
  const detail = `${version}, ${state}`;
  if (message === "") return { check, result: "ok", detail, nextStep: "" };
  return { check, result: "warning", detail: `${detail} as it was: ${message}`, nextStep };
}
