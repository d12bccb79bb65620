// SPDX-License-Identifier: Apache-2.0

import type { Transport } from "@connectrpc/connect";
import { callers } from "../process/_callers.ts";
import type { PluginProcess } from "../process/plugin_process.ts";
import { createFrameTransport } from "../transport/frame_transport.ts";

/** Options of {@linkcode connectTransport}. */
export interface ConnectTransportOptions {
  /**
   * The limit of a call with one answer that gives none of its own, in milliseconds; 0 is no limit.
   *
   * @default {30000}
   */
  readonly callTimeoutMs?: number | undefined;
}

/**
 * Gives the transport to a plugin that `createClient()` of `@connectrpc/connect` takes.
 *
 * A client of it does not cancel a stream when its reader breaks out of the loop: give it a signal.
 * Its errors are those of the process, not `ConnectError`.
 *
 * @throws {TypeError} When the process was not made by `spawnPlugin()`.
 *
 * @example Usage
 * ```ts
 * import { createClient } from "@connectrpc/connect";
 * import { connectTransport } from "@sigil/plugin/connect";
 * import type { PluginProcess } from "@sigil/plugin/process";
 * import { Tool } from "@sigil/proto/plugin/v1/tool";
 *
 * async function countTools(process: PluginProcess): Promise<number> {
 *   const client = createClient(Tool, connectTransport(process));
 *   return (await client.describe({})).tools.length;
 * }
 * ```
 */
export function connectTransport(
  process: PluginProcess,
  options: ConnectTransportOptions = {},
): Transport {
  const caller = callers.get(process);
  if (caller === undefined) throw new TypeError("The process was not made by spawnPlugin()");
  return createFrameTransport(caller, options.callTimeoutMs ?? 30_000);
}
