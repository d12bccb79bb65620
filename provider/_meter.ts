// SPDX-License-Identifier: Apache-2.0

import { ProviderError } from "./errors.ts";

/** What a meter counted, as plain JSON. */
export interface MeterSnapshot {
  /** When its window began, in milliseconds since 1970. */
  readonly start: number;
  /** What was used since then. */
  readonly used: number;
}

/** Counts in windows that begin at whole multiples of their length; `Infinity` is one endless window. */
export class Meter {
  readonly #windowMs: number;
  #start: number;
  #used: number;
  #reserved = 0;

  constructor(windowMs: number, { start, used }: MeterSnapshot) {
    this.#windowMs = windowMs;
    this.#start = start;
    this.#used = used;
  }

  /** What is used or put aside. */
  get total(): number {
    return this.#used + this.#reserved;
  }

  /** When the window ends, in milliseconds since 1970. */
  get resetsAt(): number {
    return this.#start + this.#windowMs;
  }

  /** Begins a new window when the present one is over. A clock set back changes nothing. */
  roll(now: number): void {
    if (this.#windowMs === Infinity) return;
    const start = Math.floor(now / this.#windowMs) * this.#windowMs;
    if (start <= this.#start) return;
    this.#start = start;
    this.#used = 0;
    this.#reserved = 0;
  }

  /** Puts an amount aside; the function given puts the real one in its place. */
  reserve(amount: number): (actual: number) => void {
    const start = this.#start;
    this.#reserved += amount;
    return (actual) => {
      if (this.#start !== start) return;
      this.#reserved -= amount;
      this.#used += actual;
    };
  }

  /** Gives what is settled. */
  snapshot(): MeterSnapshot {
    return { start: this.#start, used: this.#used };
  }
}

/** Checks a snapshot that was kept elsewhere; nothing is an empty one. */
export function readMeterSnapshot(value: unknown, name: string): MeterSnapshot {
  if (value === undefined) return { start: 0, used: 0 };
  if (typeof value === "object" && value !== null && "start" in value && "used" in value) {
    const { start, used } = value;
    if (isAmount(start) && isAmount(used)) return { start, used };
  }
  throw new ProviderError("bad_request", `Cannot restore budgets: "${name}" is not a meter`);
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
