// SPDX-License-Identifier: Apache-2.0

import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { UserIdentity } from "@sigil/proto/common/v1";
import {
  Channel,
  type InboundMessage,
  type MediaAttachment,
  PresenceStatus,
} from "@sigil/proto/plugin/v1/channel";
import type {
  ChannelIdentity,
  ChannelInboundMessage,
  ChannelMedia,
  ChannelOutboundMessage,
  ChannelPresence,
} from "../sdk/channel_plugin.ts";
import type { RemotePlugin } from "./_remote_plugin.ts";
import type { PluginChannel } from "./plugin_channel.ts";
import type { PluginCallOptions } from "./plugin_process.ts";

const { start, updatePresence, getIdentity } = Channel.method;

const PRESENCE = {
  online: PresenceStatus.ONLINE,
  typing: PresenceStatus.TYPING,
  offline: PresenceStatus.OFFLINE,
} as const satisfies Record<ChannelPresence["status"], PresenceStatus>;

/** Makes calls of the Channel service. */
export function remoteChannel(remote: RemotePlugin): PluginChannel {
  return {
    async *start(options) {
      for await (const message of remote.stream(start, {}, options)) yield inboundMessage(message);
    },
    send: (message, options) => send(remote, message, options),
    async updatePresence({ channelId, status }, options) {
      const request = { channelId, status: PRESENCE[status] };
      return (await remote.unary(updatePresence, request, options)).ok;
    },
    async getIdentity(platformUserId, options) {
      return identity(await remote.unary(getIdentity, { platformUserId }, options));
    },
  };
}

async function send(
  remote: RemotePlugin,
  message: ChannelOutboundMessage,
  options?: PluginCallOptions,
): Promise<string> {
  const request = { ...message, media: message.media.map(wireMedia) };
  const { ok, error, platformMessageId } = await remote.unary(
    Channel.method.send,
    request,
    options,
  );
  if (!ok) throw remote.failure("send through", error);
  return platformMessageId;
}

function wireMedia({ url, mimeType, filename = "", sizeBytes = 0 }: ChannelMedia) {
  return { url, mimeType, filename, sizeBytes: BigInt(sizeBytes) };
}

function inboundMessage(message: InboundMessage): ChannelInboundMessage {
  const { messageId, channelId, content, threadId, metadata, timestamp } = message;
  return {
    messageId,
    channelId,
    content,
    threadId,
    metadata,
    sender: identity(message.sender),
    media: message.media.map(channelMedia),
    timestamp: timestamp === undefined ? undefined : timestampDate(timestamp),
  };
}

function channelMedia({ url, mimeType, filename, sizeBytes }: MediaAttachment): ChannelMedia {
  return { url, mimeType, filename, sizeBytes: Number(sizeBytes) };
}

function identity(person: UserIdentity | undefined): ChannelIdentity {
  const { userId = "", platform = "", platformUserId = "", displayName = "" } = person ?? {};
  return { userId, platform, platformUserId, displayName };
}
