// SPDX-License-Identifier: Apache-2.0

import type { CallContext, PluginHooks } from "./plugin.ts";

/** A person on the platform. */
export interface ChannelIdentity {
  /** The platform, such as `telegram`. */
  readonly platform: string;
  /** The platform's name for the person. */
  readonly platformUserId: string;
  /** The name that people see. */
  readonly displayName?: string | undefined;
  /** The gateway's name for the person, if the plugin knows it. */
  readonly userId?: string | undefined;
}

/** A file that comes with a message. */
export interface ChannelMedia {
  /** Where it is. */
  readonly url: string;
  /** What it is, such as `image/png`. */
  readonly mimeType: string;
  /** Its name. */
  readonly filename?: string | undefined;
  /** How large it is. */
  readonly sizeBytes?: number | undefined;
}

/** A message that somebody sent. */
export interface ChannelInboundMessage {
  /** The platform's name for it. */
  readonly messageId: string;
  /** The conversation that it came in. */
  readonly channelId: string;
  /** Who sent it. */
  readonly sender: ChannelIdentity;
  /** The text. */
  readonly content: string;
  /** The thread that it came in, if any. */
  readonly threadId?: string | undefined;
  /** The files that came with it. */
  readonly media?: readonly ChannelMedia[] | undefined;
  /** When it was sent; now when absent. */
  readonly timestamp?: Date | undefined;
  /** Whatever else the platform tells. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A message to be sent. */
export interface ChannelOutboundMessage {
  /** The conversation that it goes to. */
  readonly channelId: string;
  /** The text. */
  readonly content: string;
  /** The thread that it goes to; empty outside of threads. */
  readonly threadId: string;
  /** The files that go with it. */
  readonly media: readonly ChannelMedia[];
  /** Whether to show first that we are typing. */
  readonly typingIndicator: boolean;
  /** The message that it answers; empty when none. */
  readonly replyToMessageId: string;
}

/** What we are doing in a conversation. */
export interface ChannelPresence {
  /** The conversation. */
  readonly channelId: string;
  /** What we are doing. */
  readonly status: "online" | "typing" | "offline";
}

/** A plugin that connects a messaging platform. */
export interface ChannelPlugin extends PluginHooks {
  /** That it is one. */
  readonly type: "channel";
  /**
   * Listens to the platform: yields each message, until the signal aborts. When the plugin is about
   * to end, the signal aborts as well.
   */
  start(context: CallContext): AsyncIterable<ChannelInboundMessage>;
  /** Sends a message; gives the platform's name for it. */
  send(message: ChannelOutboundMessage, context: CallContext): Promise<string>;
  /** Shows what we are doing. A plugin without it shows nothing. */
  updatePresence?(presence: ChannelPresence, context: CallContext): Promise<void>;
  /** Tells who a person is. A plugin without it knows no more than the id. */
  getIdentity?(platformUserId: string, context: CallContext): Promise<ChannelIdentity>;
}
