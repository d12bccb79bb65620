// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "../errors.ts";
import type { PluginProcess, SpawnPluginOptions } from "./plugin_process.ts";

const START_TIMEOUT_MS = 10_000;

/** Waits for the first Health of a process; one that does not answer well is ended. */
export async function untilHealthy(
  process: PluginProcess,
  options: Pick<SpawnPluginOptions, "plugin" | "signal" | "startTimeoutMs">,
): Promise<PluginProcess> {
  const { plugin, signal, startTimeoutMs = START_TIMEOUT_MS } = options;
  try {
    await process.health({ timeoutMs: startTimeoutMs, signal });
    return process;
  } catch (error) {
    process.kill();
    await process.exited;
    throw startError(plugin, error);
  }
}

function startError(plugin: string, error: unknown): unknown {
  if (!(error instanceof PluginError)) return error;
  const why = error.message.slice(error.message.indexOf('": ') + 3);
  return new PluginError(error.code, `Cannot start plugin "${plugin}": ${why}`, {
    plugin,
    cause: error,
  });
}
