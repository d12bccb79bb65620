// SPDX-License-Identifier: Apache-2.0

import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { UserIdentitySchema } from "@sigil/proto/common/v1";
import {
  Channel,
  type InboundMessageSchema,
  type MediaAttachment,
  PresenceStatus,
  type SendRequest,
} from "@sigil/proto/plugin/v1/channel";
import type {
  CallContext,
  ChannelIdentity,
  ChannelInboundMessage,
  ChannelOutboundMessage,
  ChannelPlugin,
  ChannelPresence,
} from "../sdk/mod.ts";
import { type ServedService, service } from "../transport/serve_services.ts";
import type { ContextMaker } from "./_context.ts";
import { errorText } from "./_error_text.ts";
import { untilAborted } from "./_until_aborted.ts";

/** Answers the Channel service with a plugin, which listens until `stopping` aborts. */
export function channelService(
  plugin: ChannelPlugin,
  makeContext: ContextMaker,
  stopping: AbortSignal,
): ServedService {
  return service(Channel, {
    start(_request, context) {
      const signal = AbortSignal.any([context.signal, stopping]);
      return listen(plugin, { ...makeContext(context), signal });
    },
    async send(request, context) {
      try {
        const id = await plugin.send(outboundMessage(request), makeContext(context));
        return { ok: true, platformMessageId: id };
      } catch (error) {
        return { ok: false, error: errorText(error) };
      }
    },
    async updatePresence(request, context) {
      const status = presenceStatus(request.status);
      if (plugin.updatePresence === undefined || status === undefined) return { ok: false };
      await plugin.updatePresence({ channelId: request.channelId, status }, makeContext(context));
      return { ok: true };
    },
    async getIdentity({ platformUserId }, context) {
      if (plugin.getIdentity === undefined) return { platformUserId };
      return identity(await plugin.getIdentity(platformUserId, makeContext(context)));
    },
  });
}

async function* listen(
  plugin: ChannelPlugin,
  context: CallContext,
): AsyncGenerator<MessageInitShape<typeof InboundMessageSchema>> {
  for await (const message of untilAborted(plugin.start(context), context.signal)) {
    yield inboundMessage(message);
  }
}

function inboundMessage(
  message: ChannelInboundMessage,
): MessageInitShape<typeof InboundMessageSchema> {
  return {
    messageId: message.messageId,
    channelId: message.channelId,
    sender: identity(message.sender),
    content: message.content,
    threadId: message.threadId ?? "",
    media: (message.media ?? []).map((media) => ({
      url: media.url,
      mimeType: media.mimeType,
      filename: media.filename ?? "",
      sizeBytes: BigInt(media.sizeBytes ?? 0),
    })),
    timestamp: timestampFromDate(message.timestamp ?? new Date()),
    metadata: { ...message.metadata },
  };
}

function identity(person: ChannelIdentity): MessageInitShape<typeof UserIdentitySchema> {
  return {
    userId: person.userId ?? "",
    platform: person.platform,
    platformUserId: person.platformUserId,
    displayName: person.displayName ?? "",
  };
}

function outboundMessage(request: SendRequest): ChannelOutboundMessage {
  const { channelId, content, threadId, typingIndicator, replyToMessageId } = request;
  const media = request.media.map(mediaOf);
  return { channelId, content, threadId, media, typingIndicator, replyToMessageId };
}

function mediaOf({ url, mimeType, filename, sizeBytes }: MediaAttachment) {
  return { url, mimeType, filename, sizeBytes: Number(sizeBytes) };
}

function presenceStatus(status: PresenceStatus): ChannelPresence["status"] | undefined {
  switch (status) {
    case PresenceStatus.ONLINE:
      return "online";
    case PresenceStatus.TYPING:
      return "typing";
    case PresenceStatus.OFFLINE:
      return "offline";
    default:
      return undefined;
  }
}
