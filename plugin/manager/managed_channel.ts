// SPDX-License-Identifier: Apache-2.0

import type { PluginChannel } from "../process/plugin_channel.ts";
import type { PluginProcess } from "../process/plugin_process.ts";
import type { ChannelInboundMessage } from "../sdk/channel_plugin.ts";
import { askOnce, type CallHost } from "./_ask_once.ts";
import type { Delay } from "./_delay.ts";

/**
 * A way for people to reach the gateway, brought by a plugin.
 *
 * `start()` gives messages for as long as the manager is open: when the plugin is replaced or crashes,
 * it goes on with the next process. Every other call waits while the plugin is replaced, and fails
 * while it does not run.
 */
export interface ManagedChannel extends PluginChannel {
  /** The plugin. */
  readonly plugin: string;
}

/** What a channel stands on. */
export interface ChannelHost extends CallHost {
  /** Waits until the plugin runs. */
  opened(signal: AbortSignal): Promise<PluginProcess>;
  /** Writes a line into the plugin's log. */
  log(text: string): void;
}

/** How long to wait before a stream that ended, of a process that did not, is opened again. */
const REOPEN_MS = 1000;

/** Makes a channel of a plugin that brings one. */
export function manageChannel(
  host: ChannelHost,
  delay: Delay,
  closing: AbortSignal,
): ManagedChannel {
  return {
    plugin: host.name,
    start: ({ signal } = {}) => messages(host, delay, closing, signal),
    send: (message, options) =>
      askOnce(host, options, ({ channel }) => channel.send(message, options)),
    updatePresence: (presence, options) =>
      askOnce(host, options, ({ channel }) => channel.updatePresence(presence, options)),
    getIdentity: (platformUserId, options) =>
      askOnce(host, options, ({ channel }) => channel.getIdentity(platformUserId, options)),
  };
}

async function* messages(
  host: ChannelHost,
  delay: Delay,
  closing: AbortSignal,
  asked?: AbortSignal,
): AsyncGenerator<ChannelInboundMessage> {
  const signal = asked === undefined ? closing : AbortSignal.any([asked, closing]);
  let last: PluginProcess | undefined;
  try {
    for (;;) {
      const process = await host.opened(signal);
      if (process === last) await delay(REOPEN_MS, signal);
      last = process;
      yield* messagesOf(process, host, signal);
    }
  } catch (error) {
    asked?.throwIfAborted();
    if (!closing.aborted) throw error;
  }
}

/** Gives the messages of one process until it ends, which is no failure of the channel. */
async function* messagesOf(
  process: PluginProcess,
  host: ChannelHost,
  signal: AbortSignal,
): AsyncGenerator<ChannelInboundMessage> {
  try {
    yield* process.channel.start({ signal });
    host.log("Its stream of messages ended");
  } catch (error) {
    signal.throwIfAborted();
    host.log(`Its stream of messages broke: ${error instanceof Error ? error.message : error}`);
  }
}
