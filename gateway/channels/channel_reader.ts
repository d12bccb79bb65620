// SPDX-License-Identifier: Apache-2.0

import type { MessageAddress } from "@sigil/agent";
import type { ChannelConfig } from "@sigil/config";
import type { ManagedChannel } from "@sigil/plugin/manager";
import type { GatewayStore } from "@sigil/store";
import { abortable } from "../abortable.ts";
import type { Answer, Answers } from "../answers.ts";
import { countedTurn, type CountedTurnParts } from "../counted_turn.ts";
import type { LiveConfig } from "../live_config.ts";
import type { Logger } from "../logger.ts";
import { RateLimiter } from "../rate_limiter.ts";
import { admit, type Arrival } from "./admit.ts";
import { chunkText } from "./chunk_text.ts";
import type { PairingCodes } from "./pairing_codes.ts";
import { plainText, showableText } from "./plain_text.ts";
import { showTyping } from "./show_typing.ts";

/** A message as a channel gives it. */
export type InboundMessage = ReturnType<ManagedChannel["start"]> extends
  AsyncIterable<infer Message> ? Message : never;

/** What a channel can show. */
export interface ChannelAbilities {
  /** The longest message, in UTF-16 units; 0 is no limit. */
  readonly maxMessageLength: number;
  /** Whether it shows formatted text. */
  readonly supportsRichText: boolean;
}

/** What every channel works with. */
export interface ChannelParts extends CountedTurnParts {
  /** Keeps users and pairings. */
  readonly store: Pick<GatewayStore, "users" | "pairings">;
  /** The configuration. */
  readonly live: LiveConfig;
  /** Counts the answers under way on all channels. */
  readonly answers: Answers;
  /** The codes that let people in. */
  readonly codes: PairingCodes;
  /** Told what happens. */
  readonly logger: Logger;
}

/** One channel: its name, what brings it, and how it is configured now. */
export interface ChannelSource {
  /** Its name. */
  readonly name: string;
  /** The plugin's side of it. */
  readonly channel: ManagedChannel;
  /** What is set for it, at this moment. */
  readonly config: () => ChannelConfig;
  /** What it can show, at this moment. */
  readonly abilities: () => ChannelAbilities;
}

/** How many turns of one channel run at a time; until one is over, no more is read. */
const MAX_UNDER_WAY = 64;

/** How often a message is sent again when its plugin has just crashed, and how long later. */
const RETRY_MS: readonly number[] = [1_000, 4_000, 15_000];

/** How often somebody who may not speak is told so, and it is recorded. */
const REFUSAL_RATE = { perSecond: 1 / 600, burst: 1 };

const NEVER = new AbortController().signal;

/** Reads one channel, and answers on it. */
export class ChannelReader {
  readonly #source: ChannelSource;
  readonly #parts: ChannelParts;
  readonly #stopping: AbortController = new AbortController();
  readonly #refusals: RateLimiter;
  readonly #underWay: Set<Promise<void>> = new Set();
  readonly #ended: Promise<void>;

  /** Begins to read. */
  constructor(source: ChannelSource, parts: ChannelParts) {
    this.#source = source;
    this.#parts = parts;
    this.#refusals = new RateLimiter(REFUSAL_RATE, parts.clock);
    this.#ended = this.#read();
  }

  /** Reads no more. What was read is still answered. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  /** Resolves when every message that was read is answered. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #read(): Promise<void> {
    const { signal } = this.#stopping;
    const { name, channel } = this.#source;
    try {
      for await (const message of channel.start({ signal })) {
        await this.#receive(message);
        while (this.#underWay.size >= MAX_UNDER_WAY) await Promise.race(this.#underWay);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#parts.logger.error("channel ended", { channel: name, error: String(error) });
    }
  }

  /** Never rejects: a message that cannot be handled must not end the channel. */
  async #receive(message: InboundMessage): Promise<void> {
    const { name } = this.#source;
    const arrival = toArrival(name, message);
    try {
      const { clock, codes, recorder, store, live } = this.#parts;
      const channel = this.#source.config();
      const parts = { clock, codes, recorder, store, channel, config: live.config };
      const admission = await admit(arrival, parts);
      if (admission.status !== "admitted") {
        const { status, reply, reason } = admission;
        return await this.#turnAway(message, arrival, {
          isKnown: status === "welcomed",
          reply,
          reason,
        });
      }
      const said = contentOf(message);
      if (said !== "") this.#track(this.#answer(message, admission.address, said));
    } catch (error) {
      this.#parts.logger.error("message not received", { channel: name, error: String(error) });
    }
  }

  async #turnAway(
    message: InboundMessage,
    { channelType, platformId }: Arrival,
    { isKnown, reply, reason }: { isKnown: boolean; reply: string | undefined; reason: string },
  ): Promise<void> {
    if (!isKnown) {
      if (this.#refusals.take(platformId) > 0) return;
      await this.#parts.recorder.note({
        action: "channel.refused",
        actor: `${channelType}:${platformId}`.slice(0, 200),
        details: { channel: channelType, reason },
        result: "denied",
      });
    }
    if (reply !== undefined) this.#track(this.#send(message, reply, NEVER));
  }

  /** Runs a turn, and sends what comes of it. Its first step is taken at once, so that order is kept. */
  async #answer(
    message: InboundMessage,
    address: MessageAddress,
    content: string,
  ): Promise<void> {
    const { answers, clock, logger } = this.#parts;
    let answer: Answer | undefined;
    using typing = showTyping(this.#source.channel, message.channelId, clock);
    try {
      answer = answers.begin(address.userId);
      const { signal } = answer;
      const metadata = metadataOf(this.#source.name, message);
      let text = "";
      const request = { ...address, content, metadata };
      for await (const event of countedTurn(this.#parts, request, answer)) {
        if (event.type === "text_delta") text += event.text;
        if (event.type === "tool_call" || event.type === "done") {
          if (event.type === "done") typing.stop();
          await this.#send(message, text, signal);
          text = "";
        }
        if (event.type === "error") {
          await this.#send(message, `${text}\n\n${event.message}`, signal);
        }
      }
    } catch (error) {
      logger.warn("message not answered", { channel: this.#source.name, error: String(error) });
      if (answer?.signal.aborted !== true) await this.#send(message, NOT_ANSWERED, NEVER);
    } finally {
      answer?.end();
    }
  }

  /** Sends a text in as many messages as the channel needs. Never rejects. */
  async #send(to: InboundMessage, text: string, signal: AbortSignal): Promise<void> {
    const { maxMessageLength, supportsRichText } = this.#source.abilities();
    const shown = showableText(supportsRichText ? text : plainText(text));
    try {
      for (const [index, content] of chunkText(shown, maxMessageLength).entries()) {
        await this.#sendOne(to, content, index === 0, signal);
      }
    } catch (error) {
      const { name: channel } = this.#source;
      this.#parts.logger.error("answer not sent", { channel, error: String(error) });
    }
  }

  /** A plugin that crashed is started again: what it could not take is then sent again. */
  async #sendOne(
    { channelId, threadId = "", messageId }: InboundMessage,
    content: string,
    isFirst: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const replyToMessageId = isFirst ? messageId : "";
    const outbound = { channelId, content, threadId, replyToMessageId, ...PLAIN };
    for (const retryMs of [...RETRY_MS, undefined]) {
      try {
        await this.#source.channel.send(outbound, { signal });
        return;
      } catch (error) {
        if (signal.aborted || retryMs === undefined || !isPassing(error)) throw error;
        await this.#wait(retryMs, signal);
      }
    }
  }

  async #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.schedule(resolve, milliseconds);
    await abortable(promise, signal).finally(cancel);
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    work.finally(() => this.#underWay.delete(work));
  }
}

const PLAIN = { media: [], typingIndicator: false } as const;

const NOT_ANSWERED = "I could not answer that. Please try again in a moment.";

/** Whether a failure is over once the plugin has been started again. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return error.code === "crashed" || error.code === "unavailable";
}

function toArrival(channelType: string, message: InboundMessage): Arrival {
  const { channelId, sender: { platformUserId: platformId, displayName = "" }, content } = message;
  return { channelType, channelId, platformId, displayName, content };
}

/** What was said, with a line for each file that came with it. */
function contentOf({ content, media = [] }: InboundMessage): string {
  const files = media.map(({ filename, mimeType }) => `[file: ${filename || mimeType}]`);
  return [content.toWellFormed().replaceAll("\0", "").trim(), ...files].join("\n").trim();
}

function metadataOf(
  channel: string,
  { messageId, threadId }: InboundMessage,
): Record<string, string> {
  const thread = threadId === undefined || threadId === "" ? {} : { thread: threadId };
  return { channel, channel_message: messageId.toWellFormed().slice(0, 200), ...thread };
}
