// SPDX-License-Identifier: Apache-2.0

import type { ChannelConfig } from "@sigil/config";
import type { ManagedChannel } from "@sigil/plugin/manager";
import type { Limits } from "../limits.ts";
import { Answers } from "../answers.ts";
import type { ChannelAbilities, ChannelParts } from "./channel_reader.ts";
import { ChannelReader } from "./channel_reader.ts";

/** What the channels of a gateway are put together from. */
export interface ChannelsOptions extends Omit<ChannelParts, "answers" | "limits"> {
  /** The channels that enabled plugins bring. */
  readonly channels: () => readonly ManagedChannel[];
  /** A setting of a plugin, or the default that its manifest names. */
  readonly setting: (plugin: string, key: string) => unknown;
  /** How many answers each user may have under way, and how long to wait. */
  readonly limits: Limits;
}

/** What holds for the channel of a plugin that the section `channels` does not name. */
const UNNAMED: ChannelConfig = {
  enabled: true,
  workspace: "default",
  pairing: "pair_with_code",
  allowlist: [],
  session_mode: "per_channel",
};

/** The longest message of a channel that does not say. */
const MAX_MESSAGE_LENGTH = 4_000;

/** The least that is taken for a length: shorter pieces would be no use to anybody. */
const MIN_MESSAGE_LENGTH = 16;

/** Reads every channel once, whatever becomes of the plugin behind it, and answers on it. */
export class Channels implements AsyncDisposable {
  readonly #options: ChannelsOptions;
  readonly #parts: ChannelParts;
  readonly #readers: Map<string, ChannelReader> = new Map();
  readonly #all: Set<ChannelReader> = new Set();
  #isClosed = false;

  /** Reads nothing before {@linkcode update}. */
  constructor(options: ChannelsOptions) {
    this.#options = options;
    const answers = new Answers(options.limits.maxStreams);
    this.#parts = { ...options, answers };
    options.metrics.gauge("sigil_answers_open", "Answers under way.", () => answers.size);
  }

  /** Begins to read channels that are new, and stops with those that are gone. */
  async update(): Promise<void> {
    const wanted = this.#isClosed ? new Map<string, ManagedChannel>() : this.#wanted();
    for (const [plugin, reader] of [...this.#readers]) {
      if (wanted.has(plugin)) continue;
      this.#readers.delete(plugin);
      await reader.stop();
      reader.settled().then(() => this.#all.delete(reader));
    }
    for (const [plugin, channel] of wanted) {
      if (!this.#readers.has(plugin)) this.#start(plugin, channel);
    }
  }

  /** Reads no more, lets answers under way finish until the deadline, and ends the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.update();
    const { clock, limits } = this.#options;
    await this.#parts.answers.drain(limits.drainMs, clock);
    await Promise.all([...this.#all].map((reader) => reader.settled()));
  }

  #wanted(): Map<string, ManagedChannel> {
    const isRead = ({ plugin }: ManagedChannel) => this.#named(plugin)?.[1].enabled !== false;
    const channels = this.#options.channels().filter(isRead);
    return new Map(channels.map((channel) => [channel.plugin, channel]));
  }

  #start(plugin: string, channel: ManagedChannel): void {
    const [name] = this.#named(plugin) ?? [plugin];
    const reader = new ChannelReader({
      name,
      channel,
      config: () => this.#named(plugin)?.[1] ?? UNNAMED,
      abilities: () => this.#abilitiesOf(plugin),
    }, this.#parts);
    this.#readers.set(plugin, reader);
    this.#all.add(reader);
  }

  /** The entry of the section `channels` that a plugin brings. */
  #named(plugin: string): readonly [string, ChannelConfig] | undefined {
    return Object.entries(this.#options.live.config.channels)
      .find(([name, channel]) => (channel.plugin ?? name) === plugin);
  }

  #abilitiesOf(plugin: string): ChannelAbilities {
    const length = this.#options.setting(plugin, "max_message_length");
    const isLength = typeof length === "number" && Number.isInteger(length) &&
      (length === 0 || length >= MIN_MESSAGE_LENGTH);
    return {
      maxMessageLength: isLength ? length : MAX_MESSAGE_LENGTH,
      supportsRichText: this.#options.setting(plugin, "supports_rich_text") === true,
    };
  }
}
