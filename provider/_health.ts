// SPDX-License-Identifier: Apache-2.0

import type { ProviderErrorCode } from "./chat.ts";

const WINDOW = 50;
/** Callers name models as they like: beyond this the oldest cooldown is forgotten. */
const MAX_MODELS = 1000;
const FIRST_COOLDOWN_MS = 1000;
/** A wrong key does not heal by itself: ask seldom. */
const AUTH_COOLDOWN_MS = 60_000;
/** A vendor that says "in a year" is asked again sooner. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * What cools down after a failure: one model; or the whole provider, once a second model shows that it
 * is not the fault of one; or nothing, since the request was at fault.
 */
const COOLS = {
  auth: "provider",
  network: "provider",
  rate_limit: "model",
  overloaded: "model",
  invalid_response: "model",
  bad_request: "nothing",
  context_length: "nothing",
  unknown_model: "nothing",
  budget: "nothing",
  unavailable: "nothing",
} as const satisfies Record<ProviderErrorCode, "provider" | "model" | "nothing">;

/** What the last calls to a provider showed. */
export interface Measured {
  /** How many of the last 50 calls were answered. */
  readonly successes: number;
  /** How many of the last 50 calls failed through the provider's fault. */
  readonly failures: number;
  /** The median time to the first event of the answered ones, in milliseconds. */
  readonly latencyMs: number | undefined;
  /** Why the last failure was. */
  readonly lastError: string | undefined;
}

/** A failed call. */
export interface Failure {
  readonly code: ProviderErrorCode;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

/** Why a model may not be asked now. */
export interface Cooldown {
  /** For how long, in milliseconds. */
  readonly waitMs: number;
  /** Whether that holds for every model of the provider. */
  readonly isOfProvider: boolean;
  /** The failure after which it cools down. */
  readonly code: ProviderErrorCode;
}

/** Leave to ask, to be given back with what came of it. */
export interface Permit {
  /** The first of an answer is there: others may ask as well. */
  answering(): void;
  /** The model answered, `latencyMs` after it was asked. */
  succeeded(latencyMs: number): void;
  /** The model failed. */
  failed(failure: Failure): void;
  /** Nothing was learnt: the caller went away. */
  dropped(): void;
}

/**
 * How one provider has been, by what its calls came to.
 *
 * After a failure a model cools down, twice as long each time, or as long as the vendor says. Then one
 * call is let through to see whether it is well again. A key that is refused, or a line that breaks,
 * may be the matter of one model alone: the others are let through until one of them fails so, too.
 */
export class Health {
  readonly #now: () => number;
  readonly #cooldownMs: number;
  readonly #provider = new Circuit();
  readonly #models = new Map<string, Circuit>();
  readonly #outcomes: (number | undefined)[] = [];
  /** The model whose failure may be that of the provider, unless something was answered since. */
  #suspect: string | undefined;
  #lastError: string | undefined;

  /** Makes a record of health; `cooldownMs` is the longest that the provider cools down unasked. */
  constructor(now: () => number, cooldownMs: number) {
    this.#now = now;
    this.#cooldownMs = cooldownMs;
  }

  /** How long the provider, as far as is known, cannot answer; 0 when it can. */
  get waitMs(): number {
    const now = this.#now();
    const suspect = this.#suspect === undefined ? undefined : this.#models.get(this.#suspect);
    return Math.max(this.#provider.waitMs(now), suspect?.waitMs(now) ?? 0);
  }

  /** Why the model may not be asked now; undefined when it may. */
  cooldown(model: string): Cooldown | undefined {
    const now = this.#now();
    const ofProvider = this.#provider.waitMs(now);
    const circuit = this.#models.get(model);
    const waitMs = Math.max(ofProvider, circuit?.waitMs(now) ?? 0);
    if (waitMs === 0) return undefined;
    const isOfProvider = ofProvider === waitMs;
    const { code } = isOfProvider || circuit === undefined ? this.#provider : circuit;
    return { waitMs, isOfProvider, code };
  }

  /** Names the models that cool down by themselves. */
  coolingModels(): readonly string[] {
    const now = this.#now();
    return [...this.#models].filter(([, one]) => one.waitMs(now) > 0).map(([model]) => model);
  }

  /** Asks for leave; only to be called when there is no {@linkcode cooldown}. */
  permit(model: string): Permit {
    const circuit = this.#models.get(model);
    const probed = [this.#provider, circuit].filter((one) => one?.tripped === true);
    for (const one of probed) one?.beginProbe();
    const endProbe = (): void => probed.forEach((one) => one?.endProbe());
    return {
      answering: endProbe,
      succeeded: (latencyMs): void => this.#succeeded(model, latencyMs),
      failed: (failure): void => {
        endProbe();
        this.#failed(model, failure);
      },
      dropped: endProbe,
    };
  }

  /** Tells what the last calls showed. */
  measured(): Measured {
    const answered = this.#outcomes.filter((latency) => latency !== undefined);
    const sorted = answered.toSorted((a, b) => a - b);
    return {
      successes: answered.length,
      failures: this.#outcomes.length - answered.length,
      latencyMs: sorted[Math.floor(sorted.length / 2)],
      lastError: this.#lastError,
    };
  }

  #succeeded(model: string, latencyMs: number): void {
    this.#provider.close();
    this.#models.delete(model);
    this.#suspect = undefined;
    this.#record(latencyMs);
  }

  #failed(model: string, failure: Failure): void {
    const what = COOLS[failure.code];
    if (what === "nothing") return;
    this.#lastError = failure.message;
    this.#record(undefined);
    const usualMs = failure.code === "auth" ? Math.min(AUTH_COOLDOWN_MS, this.#cooldownMs) : 0;
    const leastMs = Math.min(failure.retryAfterMs ?? usualMs, MAX_RETRY_AFTER_MS);
    const range = { leastMs, mostMs: this.#cooldownMs };
    this.#modelCircuit(model).trip(this.#now(), failure.code, range);
    if (what === "model") return;
    const isShared = this.#suspect !== undefined && this.#suspect !== model;
    if (isShared || this.#provider.tripped) this.#provider.trip(this.#now(), failure.code, range);
    this.#suspect = model;
  }

  #modelCircuit(model: string): Circuit {
    const circuit = this.#models.get(model) ?? new Circuit();
    this.#models.set(model, circuit);
    const [oldest] = this.#models.keys();
    if (this.#models.size > MAX_MODELS && oldest !== undefined) this.#models.delete(oldest);
    return circuit;
  }

  #record(latencyMs: number | undefined): void {
    this.#outcomes.push(latencyMs);
    if (this.#outcomes.length > WINDOW) this.#outcomes.shift();
  }
}

/** How long a cooldown may be. */
interface CooldownRange {
  readonly leastMs: number;
  /** Holds the doubling; what a vendor asks for may be more. */
  readonly mostMs: number;
}

/** Open for a while after each failure; then one probe at a time until one succeeds. */
class Circuit {
  #failures = 0;
  #until = 0;
  #probing = false;
  #code: ProviderErrorCode = "unavailable";

  /** The last failure. */
  get code(): ProviderErrorCode {
    return this.#code;
  }

  get tripped(): boolean {
    return this.#failures > 0;
  }

  waitMs(now: number): number {
    if (this.#probing) return FIRST_COOLDOWN_MS;
    return Math.max(0, this.#until - now);
  }

  beginProbe(): void {
    this.#probing = true;
  }

  endProbe(): void {
    this.#probing = false;
  }

  /** Calls under way together fail together: while it cools down already, that is one failure. */
  trip(now: number, code: ProviderErrorCode, range: CooldownRange): void {
    this.#code = code;
    if (this.#until <= now) this.#failures++;
    const backoffMs = Math.min(range.mostMs, FIRST_COOLDOWN_MS * 2 ** (this.#failures - 1));
    this.#until = Math.max(this.#until, now + Math.max(backoffMs, range.leastMs));
  }

  close(): void {
    this.#failures = 0;
    this.#until = 0;
    this.#probing = false;
  }
}
