// SPDX-License-Identifier: Apache-2.0

import { Host } from "@sigil/proto/plugin/v1/host";
import { PluginError, type PluginErrorCode } from "../errors.ts";
import { type RpcFailure, type ServedService, service } from "../transport/serve_services.ts";
import { STATUS } from "../transport/status.ts";
import type { PluginHost } from "./plugin_process.ts";

const STATUSES: Partial<Readonly<Record<PluginErrorCode, number>>> = {
  denied: STATUS.permission_denied,
  not_found: STATUS.not_found,
  timeout: STATUS.deadline_exceeded,
  unsupported: STATUS.unimplemented,
  unavailable: STATUS.unavailable,
};

/** Answers a plugin's calls with a host. */
export function hostService(host: PluginHost): ServedService {
  return service(Host, {
    async kvGet({ key }, context) {
      const value = await host.kvGet(key, context);
      return value === undefined ? {} : { value };
    },
    async kvSet({ key, value }, context) {
      await host.kvSet(key, value, context);
      return {};
    },
    kvDelete: async ({ key }, context) => ({ deleted: await host.kvDelete(key, context) }),
    kvList: async ({ prefix }, context) => ({ keys: [...await host.kvList(prefix, context)] }),
    getConfig: async (_request, context) => ({ config: await host.getConfig(context) }),
    async sendMessage({ channel, channelId, content }, context) {
      const message = { channel, channelId, content };
      return { platformMessageId: await host.sendMessage(message, context) };
    },
  });
}

/** A plugin is told why it was refused, but nothing of what went wrong within the gateway. */
export function hostFailure(error: unknown): RpcFailure {
  const status = error instanceof PluginError ? STATUSES[error.code] : undefined;
  if (status === undefined || !(error instanceof Error)) {
    return { status: STATUS.internal, text: "The gateway failed" };
  }
  return { status, text: error.message };
}
