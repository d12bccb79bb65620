// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "../errors.ts";
import type {
  PluginHost,
  PluginHostCallOptions,
  PluginOutboundMessage,
} from "../process/plugin_process.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { ManagerContext } from "./_context.ts";
import type { KvStore } from "./kv_store.ts";

/** What the host of one plugin stands on. */
export interface PluginHostOptions {
  /** The plugin. */
  readonly plugin: string;
  /** Its configuration. */
  readonly config: JsonObject;
  /** Its store; absent when the manifest asks for none. */
  readonly kv: KvStore | undefined;
  /** What all plugins share. */
  readonly context: Pick<ManagerContext, "enforcer" | "sendMessage">;
}

/** Answers what one plugin asks of the gateway, once the enforcer allows it. */
export function createPluginHost(options: PluginHostOptions): PluginHost {
  const { plugin, config, context } = options;
  const enforce = (capability: string) => context.enforcer.enforce({ capability, plugin });
  const kv = (): KvStore => {
    if (options.kv !== undefined) return options.kv;
    const message = `Cannot give plugin "${plugin}" a store: its manifest asks for none`;
    throw new PluginError("denied", message, { plugin });
  };
  return {
    async kvGet(key: string) {
      await enforce("kv.read.self");
      return kv().get(key);
    },
    async kvSet(key: string, value: Uint8Array) {
      await enforce("kv.write.self");
      kv().set(key, value);
    },
    async kvDelete(key: string) {
      await enforce("kv.write.self");
      return kv().delete(key);
    },
    async kvList(prefix: string) {
      await enforce("kv.read.self");
      return kv().list(prefix);
    },
    async getConfig() {
      await enforce("config.read.self");
      return config;
    },
    async sendMessage(message: PluginOutboundMessage, callOptions: PluginHostCallOptions) {
      await enforce(`messages.send.${message.channel}`);
      return await context.sendMessage(message, callOptions);
    },
  };
}
