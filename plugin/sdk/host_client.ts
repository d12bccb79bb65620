// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from "./json.ts";

/**
 * The plugin's own store in the gateway. It outlives the process; no other plugin sees it.
 *
 * A call rejects with `PluginError`: with code `denied` when the manifest does not name the capability.
 */
export interface KeyValueStore {
  /** Gives a value; `undefined` when there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keeps a value. A text is kept as UTF-8. */
  set(key: string, value: Uint8Array | string): Promise<void>;
  /** Removes a value; tells whether there was one. */
  delete(key: string): Promise<boolean>;
  /** Lists the keys that start with `prefix`, sorted; all of them when it is absent. */
  list(prefix?: string): Promise<readonly string[]>;
}

/** A message that a plugin wants sent. */
export interface HostMessage {
  /** The channel, such as `telegram`. */
  readonly channel: string;
  /** The conversation in it. */
  readonly channelId: string;
  /** The text. */
  readonly content: string;
}

/**
 * What a plugin may ask of the gateway, as far as its capabilities allow.
 *
 * A call rejects with `PluginError`: with code `denied` when they do not.
 */
export interface HostClient {
  /** The plugin's own store. */
  readonly kv: KeyValueStore;
  /** Gives the plugin's own section of the configuration as it is now. */
  config(): Promise<JsonObject>;
  /** Sends a message; gives the platform's name for it. */
  send(message: HostMessage): Promise<string>;
}
