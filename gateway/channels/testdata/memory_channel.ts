// SPDX-License-Identifier: Apache-2.0

import type { ManagedChannel } from "@sigil/plugin/manager";
import type { InboundMessage } from "../channel_reader.ts";

type Outbound = Parameters<ManagedChannel["send"]>[0];

/** A platform within the test: what is said to it is heard, and what is sent is kept. */
export class MemoryChannel implements ManagedChannel {
  readonly plugin = "chat";
  readonly sent: Outbound[] = [];
  readonly presences: string[] = [];
  /** What the next calls of send() fail with, in turn. */
  readonly failures: Error[] = [];
  showsTyping = true;
  readonly #waiting: InboundMessage[] = [];
  #count = 0;
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  /** Says something. */
  say(content: string, message: Partial<InboundMessage> = {}): void {
    this.#waiting.push({
      messageId: `m${++this.#count}`,
      channelId: "room",
      sender: { platform: "chat", platformUserId: "42", displayName: "Ada" },
      content,
      ...message,
    });
    this.#wake();
  }

  /** Waits until that many messages were sent, and gives their texts. */
  async texts(count: number): Promise<readonly string[]> {
    while (this.sent.length < count) await this.#changed.promise;
    return this.sent.map(({ content }) => content);
  }

  async *start({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<InboundMessage> {
    signal?.addEventListener("abort", () => this.#wake(), { once: true });
    while (signal?.aborted !== true) {
      const message = this.#waiting.shift();
      if (message !== undefined) yield message;
      else await this.#changed.promise;
    }
  }

  async send(message: Outbound): Promise<string> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.sent.push(message);
    this.#wake();
    return `s${this.sent.length}`;
  }

  async updatePresence({ status }: { readonly status: string }): Promise<boolean> {
    this.presences.push(status);
    return this.showsTyping;
  }

  async getIdentity(platformUserId: string) {
    return { platform: "chat", platformUserId };
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
