// SPDX-License-Identifier: Apache-2.0

import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { RateLimiter } from "../rate_limiter.ts";
import { SerialQueue } from "../serial_queue.ts";
import { readIfThere, writeWhole } from "../whole_file.ts";

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

/** A code as it is kept: it cannot be read out of that. */
interface KeptCode extends Invitation {
  /** Differs from code to code, so that guesses are tried for one at a time. */
  readonly salt: string;
  /** The hash of salt and code, in hexadecimal. */
  readonly hash: string;
  /** When it is of no more use, as a number of milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Codes that let strangers in, each once, for a quarter of an hour.
 *
 * They are kept in a file, hashed, so that a restart of the gateway takes none away. How often somebody
 * has guessed is kept in memory alone.
 */
export class PairingCodes {
  readonly #clock: Clock;
  readonly #path: string | undefined;
  readonly #queue: SerialQueue = new SerialQueue();
  readonly #senders: RateLimiter;
  readonly #channels: RateLimiter;
  #codes: readonly KeptCode[] | undefined;

  /**
   * Begins with the codes that the file holds, which is read when the first one is needed. What is no
   * list of codes holds none. Without a path they are kept in memory.
   *
   * Requires `--allow-read` for the file and `--allow-write` for it and for its name with `.new`.
   */
  constructor(clock: Clock, path?: string) {
    this.#clock = clock;
    this.#path = path;
    this.#senders = new RateLimiter(SENDER_RATE, clock);
    this.#channels = new RateLimiter(CHANNEL_RATE, clock);
  }

  /** Makes a code. Once it resolves, a restart does not take it away. */
  issue({ channel, userId }: Invitation): Promise<PairingCode> {
    const code = randomCode();
    return this.#queue.run(async () => {
      const expiresAt = this.#now() + KEEP_MS;
      const salt = crypto.getRandomValues(new Uint8Array(16)).toHex();
      const kept = { channel, userId, salt, hash: hashOf(salt, code), expiresAt };
      await this.#keep([...await this.#current(), kept]);
      return { code: `${code.slice(0, 5)}-${code.slice(5)}`, expiresAt: new Date(expiresAt) };
    });
  }

  /** Takes a code that somebody sent; undefined when it is none, or they have tried too often. */
  async redeem(channel: string, sender: string, text: string): Promise<Invitation | undefined> {
    const code = text.toUpperCase().replaceAll(/[\s-]/g, "");
    if (code.length !== LENGTH) return undefined;
    if (this.#channels.take(channel) > 0) return undefined;
    if (this.#senders.take(JSON.stringify([channel, sender])) > 0) return undefined;
    return await this.#queue.run(async () => {
      const codes = await this.#current();
      // Each is compared, so that the time tells nothing.
      const [found] = codes.filter((kept) => isCode(kept, code) && kept.channel === channel);
      if (found === undefined) return undefined;
      await this.#keep(codes.filter((kept) => kept !== found));
      return { channel, userId: found.userId };
    });
  }

  async #current(): Promise<readonly KeptCode[]> {
    this.#codes ??= this.#path === undefined ? [] : parseCodes(await readIfThere(this.#path));
    const now = this.#now();
    return this.#codes.filter(({ expiresAt }) => expiresAt > now);
  }

  /** Writes the codes, whole or not at all; only what is written counts. */
  async #keep(codes: readonly KeptCode[]): Promise<void> {
    if (this.#path !== undefined) await writeWhole(this.#path, JSON.stringify(codes));
    this.#codes = codes;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}

const keptCodes = z.array(z.object({
  channel: z.string(),
  userId: z.string().optional(),
  salt: z.string(),
  hash: z.hash("sha256"),
  expiresAt: z.number(),
}));

function parseCodes(text: string): readonly KeptCode[] {
  try {
    return keptCodes.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return [];
    throw error;
  }
}

function isCode({ salt, hash }: KeptCode, code: string): boolean {
  return timingSafeEqual(Buffer.from(hash, "hex"), Buffer.from(hashOf(salt, code), "hex"));
}

function hashOf(salt: string, code: string): string {
  return createHash("sha256").update(`${salt} ${code}`).digest("hex");
}

/** Fifty bits of chance, in letters that are not taken for each other. */
function randomCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
}
