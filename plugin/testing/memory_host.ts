// SPDX-License-Identifier: Apache-2.0

import type { PluginHost, PluginOutboundMessage } from "../process/plugin_process.ts";
import type { JsonObject } from "../sdk/json.ts";

/**
 * A gateway for a plugin under test: keeps values and messages in memory, and allows everything.
 *
 * @example Usage
 * ```ts
 * import { MemoryHost } from "@sigil/plugin/testing";
 *
 * const host = new MemoryHost({ config: { city: "Turku" } });
 * await host.kvSet("visits", new Uint8Array([1]));
 * console.log(host.values.size); // 1
 * ```
 */
export class MemoryHost implements PluginHost {
  /** What the plugin keeps. */
  readonly values: Map<string, Uint8Array> = new Map();
  /** What the plugin sent, oldest first. */
  readonly messages: PluginOutboundMessage[] = [];
  /** What the plugin is told when it asks for its configuration. */
  readonly config: JsonObject;

  /** Makes a host that has nothing but a configuration. */
  constructor(options: { readonly config?: JsonObject | undefined } = {}) {
    this.config = options.config ?? {};
  }

  /** Gives a value. */
  async kvGet(key: string): Promise<Uint8Array | undefined> {
    return this.values.get(key);
  }

  /** Keeps a value. */
  async kvSet(key: string, value: Uint8Array): Promise<void> {
    this.values.set(key, value);
  }

  /** Removes a value. */
  async kvDelete(key: string): Promise<boolean> {
    return this.values.delete(key);
  }

  /** Lists keys. */
  async kvList(prefix: string): Promise<readonly string[]> {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  /** Gives the configuration. */
  async getConfig(): Promise<JsonObject> {
    return this.config;
  }

  /** Keeps a message; names it by its number, from 1. */
  async sendMessage(message: PluginOutboundMessage): Promise<string> {
    this.messages.push(message);
    return String(this.messages.length);
  }
}
