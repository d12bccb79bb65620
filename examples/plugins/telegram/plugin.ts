// SPDX-License-Identifier: Apache-2.0

import type {
  ChannelInboundMessage,
  ChannelOutboundMessage,
  ChannelPlugin,
} from "@sigil/plugin/sdk";
import { Api, GrammyError } from "npm:grammy@^1.46.0/web";
import { type ApiSignal, patiently } from "./patience.ts";
import { plainText } from "./plain_text.ts";
import { splitText } from "./split_text.ts";
import { updates } from "./updates.ts";

type Update = Awaited<ReturnType<Api["getUpdates"]>>[number];

/** What Telegram takes in one message. */
const MAX_MESSAGE_LENGTH = 4096;

/** Longer than Telegram holds a question for news; a call without an answer by then has none. */
const CALL_TIMEOUT_SECONDS = 60;

/** How long the start waits for Telegram. */
const CHECK_TIMEOUT_MS = 3000;

let api: Api;

/** What went wrong when Telegram was asked for news, until it answers again. */
let trouble: string | undefined;

export default {
  type: "channel",

  async init({ token, api_root = "https://api.telegram.org" }, { signal }) {
    api = new Api(String(token), {
      apiRoot: String(api_root),
      timeoutSeconds: CALL_TIMEOUT_SECONDS,
    });
    trouble = undefined;
    await checkToken(signal);
  },

  health() {
    if (trouble === undefined) return { status: "healthy" };
    return { status: "degraded", message: trouble };
  },

  async *start({ signal, host }) {
    const onTrouble = (error: Error) => trouble = error.message;
    const onAnswer = () => trouble = undefined;
    for await (const update of updates(api, host.kv, { signal, onTrouble, onAnswer })) {
      const message = inboundMessage(update);
      if (message !== undefined) yield message;
    }
  },

  async send(message, { signal }) {
    const { channelId, typingIndicator } = message;
    if (typingIndicator) await showTyping(channelId, signal);
    let last: string | undefined;
    for (const part of splitText(textOf(message), MAX_MESSAGE_LENGTH)) {
      const options = sendOptions(message, last === undefined);
      const send = (signal: ApiSignal) => api.sendMessage(channelId, part, options, signal);
      last = String((await patiently(send, { signal })).message_id);
    }
    if (last === undefined) throw new Error("There is no text to send");
    return last;
  },

  async updatePresence({ channelId, status }, { signal }) {
    if (status === "typing") await showTyping(channelId, signal);
  },

  async getIdentity(platformUserId, { signal }) {
    const chat = await patiently((signal) => api.getChat(platformUserId, signal), { signal });
    const name = [chat.first_name, chat.last_name].filter(Boolean).join(" ");
    const displayName = name || chat.title || chat.username;
    return { platform: "telegram", platformUserId, displayName };
  },
} satisfies ChannelPlugin;

/** A wrong token is told at once; a server that cannot be reached may come back. */
async function checkToken(signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CHECK_TIMEOUT_MS)]);
  try {
    await patiently((signal) => api.getMe(signal), { signal: limit });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof GrammyError) throw error;
    trouble = "Telegram cannot be reached";
  }
}

async function showTyping(channelId: string, signal: AbortSignal): Promise<void> {
  await patiently((signal) => api.sendChatAction(channelId, "typing", {}, signal), { signal });
}

/** Messages without any text, such as stickers, are left out: there is nothing to answer. */
function inboundMessage(update: Update): ChannelInboundMessage | undefined {
  const { update_id, message, edited_message } = update;
  const said = message ?? edited_message;
  const content = said?.text ?? said?.caption;
  if (said?.from === undefined || content === undefined) return undefined;
  const { id, first_name, last_name } = said.from;
  return {
    messageId: String(said.message_id),
    channelId: String(said.chat.id),
    sender: {
      platform: "telegram",
      platformUserId: String(id),
      displayName: [first_name, last_name].filter(Boolean).join(" "),
    },
    content,
    threadId: said.is_topic_message ? String(said.message_thread_id) : "",
    timestamp: new Date((said.edit_date ?? said.date) * 1000),
    metadata: {
      update_id: String(update_id),
      chat_type: said.chat.type,
      ...edited_message && { edited: "true" },
    },
  };
}

/** Files go as their addresses, which Telegram shows with a preview. */
function textOf({ content, media }: ChannelOutboundMessage): string {
  return [plainText(content), ...media.map(({ url }) => url)].join("\n");
}

function sendOptions({ threadId, replyToMessageId }: ChannelOutboundMessage, isFirst: boolean) {
  const message_id = Number(replyToMessageId);
  return {
    ...threadId !== "" && { message_thread_id: Number(threadId) },
    ...isFirst && replyToMessageId !== "" && {
      reply_parameters: { message_id, allow_sending_without_reply: true },
    },
  };
}
