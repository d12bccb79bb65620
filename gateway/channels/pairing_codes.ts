// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import { RateLimiter } from "../rate_limiter.ts";

/** Whom a code lets in. */
export interface Invitation {
  /** The channel that it is for. */
  readonly channel: string;
  /** The user that whoever shows it becomes; a new one when absent. */
  readonly userId?: string | undefined;
}

/** A code as it is told once to whoever asked for it. */
export interface PairingCode {
  /** What is to be sent to the channel. */
  readonly code: string;
  /** When it is of no more use. */
  readonly expiresAt: Date;
}

const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 10;
const KEEP_MS = 15 * 60_000;

/** How often wrong codes are listened to: from one sender, and on a whole channel. */
const SENDER_RATE = { perSecond: 1 / 60, burst: 5 };
const CHANNEL_RATE = { perSecond: 1 / 6, burst: 30 };

/**
 * Codes that let strangers in, each once, for a quarter of an hour.
 *
 * They are kept in memory alone: after a restart new ones are made.
 */
export class PairingCodes {
  readonly #clock: Clock;
  readonly #codes: Map<string, Invitation & { readonly expiresAt: Date }> = new Map();
  readonly #senders: RateLimiter;
  readonly #channels: RateLimiter;

  /** Makes one that holds no code. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#senders = new RateLimiter(SENDER_RATE, clock);
    this.#channels = new RateLimiter(CHANNEL_RATE, clock);
  }

  /** Makes a code. */
  issue(invitation: Invitation): PairingCode {
    this.#forgetOld();
    const code = randomCode();
    const expiresAt = new Date(this.#clock.now().getTime() + KEEP_MS);
    this.#codes.set(code, { ...invitation, expiresAt });
    return { code: `${code.slice(0, 5)}-${code.slice(5)}`, expiresAt };
  }

  /** Takes a code that somebody sent; undefined when it is none, or they have tried too often. */
  redeem(channel: string, sender: string, text: string): Invitation | undefined {
    const code = text.toUpperCase().replaceAll(/[\s-]/g, "");
    if (code.length !== LENGTH) return undefined;
    if (this.#channels.take(channel) > 0) return undefined;
    if (this.#senders.take(JSON.stringify([channel, sender])) > 0) return undefined;
    this.#forgetOld();
    const found = this.#codes.get(code);
    if (found?.channel !== channel) return undefined;
    this.#codes.delete(code);
    return found;
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [code, { expiresAt }] of this.#codes) {
      if (expiresAt <= now) this.#codes.delete(code);
    }
  }
}

/** Fifty bits of chance, in letters that are not taken for each other. */
function randomCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
}
