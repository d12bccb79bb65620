// SPDX-License-Identifier: Apache-2.0

import type {
  ChannelIdentity,
  ChannelInboundMessage,
  ChannelOutboundMessage,
  ChannelPresence,
} from "../sdk/channel_plugin.ts";
import type { PluginCallOptions } from "./plugin_process.ts";

/** The platform that a plugin connects. */
export interface PluginChannel {
  /**
   * Listens to it, until the loop is left or the plugin is stopped, at which the loop just ends.
   */
  start(options?: PluginCallOptions): AsyncIterable<ChannelInboundMessage>;
  /**
   * Sends a message; gives the platform's name for it.
   *
   * @throws {PluginError} With code `failed` when the platform does not take it.
   */
  send(message: ChannelOutboundMessage, options?: PluginCallOptions): Promise<string>;
  /** Shows what we are doing; tells whether the platform shows it. */
  updatePresence(presence: ChannelPresence, options?: PluginCallOptions): Promise<boolean>;
  /** Tells who a person is. */
  getIdentity(platformUserId: string, options?: PluginCallOptions): Promise<ChannelIdentity>;
}
