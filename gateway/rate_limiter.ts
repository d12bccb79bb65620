// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "./clock.ts";

/** How fast one may go. */
export interface Rate {
  /** How many a second in the long run. 0 sets no limit. */
  readonly perSecond: number;
  /** How many at once after a rest. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** How many buckets are kept; the ones that rested longest are full again, and forgotten first. */
const MAX_BUCKETS = 10_000;

/** A token bucket for each key. */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #buckets: Map<string, Bucket> = new Map();

  /** Makes one in which every bucket is full. */
  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /**
   * Takes one from the bucket of a key.
   *
   * @returns 0 when there was one, else how many milliseconds until there is.
   */
  take(key: string): number {
    const { perSecond, burst } = this.#rate;
    if (perSecond === 0) return 0;
    const now = this.#clock.now().getTime();
    const old = this.#buckets.get(key) ?? { tokens: burst, filledAt: now };
    const refill = Math.max(0, now - old.filledAt) / 1000 * perSecond;
    const tokens = Math.min(burst, old.tokens + refill);
    const isAllowed = tokens >= 1;
    this.#keep(key, { tokens: isAllowed ? tokens - 1 : tokens, filledAt: now });
    return isAllowed ? 0 : Math.ceil((1 - tokens) / perSecond * 1000);
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key); // so that the map stays in the order of last use
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= MAX_BUCKETS) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
