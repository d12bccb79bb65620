// SPDX-License-Identifier: Apache-2.0

import { Host } from "@sigil/proto/plugin/v1/host";
import { PluginError, type PluginErrorCode } from "../errors.ts";
import type { HostClient, JsonObject } from "../sdk/mod.ts";
import type { FrameConnection } from "../transport/frame_connection.ts";
import { RpcCaller } from "../transport/rpc_caller.ts";
import { createServiceClient } from "../transport/service_client.ts";
import { STATUS } from "../transport/status.ts";

const TIMEOUT_MS = 30_000;

const CODES: ReadonlyMap<number, PluginErrorCode> = new Map([
  [STATUS.permission_denied, "denied"],
  [STATUS.not_found, "not_found"],
  [STATUS.deadline_exceeded, "timeout"],
  [STATUS.unimplemented, "unsupported"],
  [STATUS.unavailable, "unavailable"],
]);

/** Speaks to the gateway, on the plugin's side. */
export function createHostClient(connection: FrameConnection): HostClient {
  const host = createServiceClient(Host, new RpcCaller(connection, FAILURES), TIMEOUT_MS);
  return {
    kv: {
      get: async (key) => (await host.kvGet({ key })).value,
      async set(key, value) {
        await host.kvSet({ key, value: typeof value === "string" ? utf8(value) : value });
      },
      delete: async (key) => (await host.kvDelete({ key })).deleted,
      list: async (prefix = "") => (await host.kvList({ prefix })).keys,
    },
    config: async (): Promise<JsonObject> => (await host.getConfig({})).config ?? {},
    send: async (message) => (await host.sendMessage({ ...message })).platformMessageId,
  };
}

const FAILURES = {
  ended(path: string, end: { readonly status: number; readonly text: string }): PluginError {
    const code = CODES.get(end.status) ?? "failed";
    return new PluginError(code, `Cannot call ${path} of the gateway: ${end.text}`);
  },
  timeout(path: string, timeoutMs: number): PluginError {
    const why = `no answer in ${timeoutMs} ms`;
    return new PluginError("timeout", `Cannot call ${path} of the gateway: ${why}`);
  },
  tooLarge(path: string, bytes: number): RangeError {
    return new RangeError(`Cannot call ${path} of the gateway: a message of ${bytes} bytes`);
  },
};

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
