// SPDX-License-Identifier: Apache-2.0

import { ProviderError } from "./errors.ts";
import type { SessionLimits } from "./provider.ts";
import { Meter, type MeterSnapshot, readMeterSnapshot } from "./_meter.ts";

export type { MeterSnapshot } from "./_meter.ts";

const NANO = 1e9;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Sessions beyond this are forgotten, those unused for longest first. */
const MAX_SESSIONS = 50_000;

/** How much may be spent. What is left out has no limit. */
export interface BudgetLimits {
  /** For each session, unless the call brings its own. */
  readonly session?: SessionLimits | undefined;
  /** In USD, all calls together, in each hour by the clock of UTC. */
  readonly usdPerHour?: number | undefined;
  /** In USD, all calls together, in each day of UTC. */
  readonly usdPerDay?: number | undefined;
}

/** What a call may cost at most. */
export interface BudgetRequest {
  /** The model, for the message of a refusal. */
  readonly model: string;
  /** Tokens, read and written together. */
  readonly tokens: number;
  /** Billionths of a USD. */
  readonly nanoUsd: number;
  /** The session that pays, if any. */
  readonly sessionId?: string | undefined;
  /** Limits of that session; each stands in the place of the ledger's. */
  readonly sessionLimits?: SessionLimits | undefined;
}

/** Money and tokens put aside for one call. */
export interface BudgetReservation {
  /** Puts what was really used in the place of what was put aside. Only the first time counts. */
  settle(actual: { readonly tokens: number; readonly nanoUsd: number }): void;
}

/** What is left of every limit that a call must keep to. */
export interface BudgetRoom {
  /** Tokens; `Infinity` without a limit. */
  readonly tokens: number;
  /** Billionths of a USD; `Infinity` without a limit. */
  readonly nanoUsd: number;
}

/** What was used, for people. */
export interface BudgetUsage {
  /** In USD, in the present hour of UTC. */
  readonly usdThisHour: number;
  /** In USD, today in UTC. */
  readonly usdToday: number;
}

/** All that a {@linkcode BudgetLedger} knows, as plain JSON. */
export interface BudgetSnapshot {
  /** The shape of the rest. */
  readonly version: 1;
  /** Billionths of a USD. */
  readonly usd: { readonly hour: MeterSnapshot; readonly day: MeterSnapshot };
  /** Tokens by session, those unused for longest first. */
  readonly sessions: Readonly<Record<string, SessionSnapshot>>;
}

/** The tokens of one session. */
export interface SessionSnapshot {
  /** In its whole life. */
  readonly total: MeterSnapshot;
  /** In the hour in which it was used last. */
  readonly hour: MeterSnapshot;
  /** On the day on which it was used last. */
  readonly day: MeterSnapshot;
}

/** Options of a {@linkcode BudgetLedger}. */
export interface BudgetLedgerOptions {
  /** How much may be spent. */
  readonly limits?: BudgetLimits | undefined;
  /** What an earlier ledger knew. */
  readonly snapshot?: BudgetSnapshot | undefined;
  /**
   * The time, in milliseconds since 1970.
   *
   * @default {Date.now}
   */
  readonly now?: (() => number) | undefined;
}

/** One limit, and the meter that must stay below it. */
interface Check {
  readonly meter: Meter;
  readonly unit: "tokens" | "USD";
  readonly limit: number;
  readonly amount: number;
  readonly period: string;
}

interface SessionMeters {
  readonly total: Meter;
  readonly hour: Meter;
  readonly day: Meter;
}

/**
 * Keeps account of tokens and money, and refuses what would exceed a limit.
 *
 * Amounts are reserved before a call and settled after it, so calls at the same time cannot exceed a
 * limit together. A call counts in the hour and the day in which it began. Tokens are kept for the
 * 50,000 sessions that were used last.
 *
 * @example Usage
 * ```ts
 * import { BudgetLedger } from "@sigil/provider";
 *
 * const ledger = new BudgetLedger({ limits: { session: { tokens: 1000 } } });
 * const call = { model: "openai/gpt-5", sessionId: "s1", tokens: 900, nanoUsd: 0 };
 * ledger.reserve(call).settle({ tokens: 120, nanoUsd: 0 });
 * const saved = JSON.stringify(ledger.snapshot());
 * ```
 */
export class BudgetLedger {
  #limits: BudgetLimits = {};
  readonly #now: () => number;
  readonly #usdHour: Meter;
  readonly #usdDay: Meter;
  readonly #sessions = new Map<string, SessionMeters>();

  /**
   * Makes a ledger.
   *
   * @throws {RangeError} When a limit is negative or not a number.
   * @throws {ProviderError} With code `bad_request` when the snapshot is malformed.
   */
  constructor(options: BudgetLedgerOptions = {}) {
    const { limits = {}, snapshot, now = Date.now } = options;
    this.setLimits(limits);
    if (snapshot !== undefined) checkSnapshot(snapshot);
    this.#now = now;
    this.#usdHour = new Meter(HOUR_MS, readMeterSnapshot(snapshot?.usd?.hour, "usd.hour"));
    this.#usdDay = new Meter(DAY_MS, readMeterSnapshot(snapshot?.usd?.day, "usd.day"));
    for (const [id, session] of Object.entries(snapshot?.sessions ?? {})) {
      this.#sessions.set(id, openSessionMeters(id, session));
    }
  }

  /**
   * Puts other limits in the place of the present ones. What was used stays used.
   *
   * @throws {RangeError} When a limit is negative or not a number.
   */
  setLimits(limits: BudgetLimits): void {
    const { session, usdPerHour, usdPerDay } = limits;
    checkLimits({ ...session, usdPerHour, usdPerDay });
    this.#limits = limits;
  }

  /**
   * Puts aside what a call may cost.
   *
   * @throws {ProviderError} With code `budget` when a limit would be exceeded: its message says which,
   * how much is used and when it resets; `retryAfterMs` is the time until then.
   */
  reserve(request: BudgetRequest): BudgetReservation {
    for (const check of this.#checks(request)) {
      if (check.meter.total + check.amount > check.limit) throw this.#refusal(request.model, check);
    }
    const settles = this.#charges(request).map(([meter, unit]) => ({
      unit,
      settle: meter.reserve(request[unit]),
    }));
    let settled = false;
    return {
      settle(actual): void {
        if (settled) return;
        settled = true;
        for (const { unit, settle } of settles) settle(actual[unit]);
      },
    };
  }

  /** Tells what is left of every limit that a call of this session must keep to. */
  room(session: Pick<BudgetRequest, "sessionId" | "sessionLimits"> = {}): BudgetRoom {
    const left = { tokens: Infinity, USD: Infinity };
    for (const { meter, unit, limit } of this.#checks({ ...session, tokens: 0, nanoUsd: 0 })) {
      left[unit] = Math.min(left[unit], Math.max(0, limit - meter.total));
    }
    return { tokens: left.tokens, nanoUsd: left.USD };
  }

  /** Tells how much money was spent or is put aside. */
  usage(): BudgetUsage {
    this.#roll([this.#usdHour, this.#usdDay]);
    return {
      usdThisHour: this.#usdHour.total / NANO,
      usdToday: this.#usdDay.total / NANO,
    };
  }

  /** Tells how many tokens a session used in its life, those put aside included. */
  sessionTokens(sessionId: string): number {
    return this.#sessions.get(sessionId)?.total.total ?? 0;
  }

  /** Forgets a session, for instance because it was deleted. */
  forgetSession(sessionId: string): void {
    this.#sessions.delete(sessionId);
  }

  /** Gives all that is settled, to be kept and handed to a later ledger. */
  snapshot(): BudgetSnapshot {
    this.#roll([this.#usdHour, this.#usdDay]);
    const sessions = [...this.#sessions].map(([id, { total, hour, day }]) =>
      [id, { total: total.snapshot(), hour: hour.snapshot(), day: day.snapshot() }] as const
    );
    return {
      version: 1,
      usd: { hour: this.#usdHour.snapshot(), day: this.#usdDay.snapshot() },
      sessions: Object.fromEntries(sessions),
    };
  }

  #checks(request: Omit<BudgetRequest, "model">): readonly Check[] {
    const { nanoUsd, tokens, sessionId } = request;
    const money = { unit: "USD", amount: nanoUsd } as const;
    const { usdPerHour = Infinity, usdPerDay = Infinity } = this.#limits;
    const checks: Check[] = [
      { ...money, meter: this.#usdHour, limit: usdPerHour * NANO, period: "per hour" },
      { ...money, meter: this.#usdDay, limit: usdPerDay * NANO, period: "per day" },
    ];
    if (sessionId !== undefined) {
      const { total, hour, day } = this.#session(sessionId);
      const limits = mergeLimits(this.#limits.session, request.sessionLimits);
      const words = { unit: "tokens", amount: tokens } as const;
      checks.push(
        { ...words, meter: total, limit: limits.tokens, period: "per session" },
        { ...words, meter: hour, limit: limits.tokensPerHour, period: "per session and hour" },
        { ...words, meter: day, limit: limits.tokensPerDay, period: "per session and day" },
      );
    }
    this.#roll(checks.map(({ meter }) => meter));
    return checks;
  }

  #charges({ sessionId }: BudgetRequest): readonly (readonly [Meter, "tokens" | "nanoUsd"])[] {
    const money = [[this.#usdHour, "nanoUsd"], [this.#usdDay, "nanoUsd"]] as const;
    if (sessionId === undefined) return money;
    const { total, hour, day } = this.#session(sessionId);
    return [...money, [total, "tokens"], [hour, "tokens"], [day, "tokens"]];
  }

  /** Gives the meters of a session, and marks them as used last. */
  #session(id: string): SessionMeters {
    const meters = this.#sessions.get(id) ?? openSessionMeters(id);
    this.#sessions.delete(id);
    this.#sessions.set(id, meters);
    if (this.#sessions.size <= MAX_SESSIONS) return meters;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
    return meters;
  }

  #roll(meters: readonly Meter[]): void {
    const now = this.#now();
    for (const meter of meters) meter.roll(now);
  }

  #refusal(model: string, { meter, unit, limit, amount, period }: Check): ProviderError {
    const show = unit === "USD" ? formatUsd : String;
    const reset = meter.resetsAt === Infinity
      ? "it does not reset: begin a new session or raise the limit"
      : `it resets at ${new Date(meter.resetsAt).toISOString()}`;
    return new ProviderError(
      "budget",
      `Cannot chat with "${model}": the limit of ${
        show(limit)
      } ${unit} ${period} would be exceeded; ` +
        `${show(meter.total)} are used and this call may need ${show(amount)}; ${reset}`,
      { retryAfterMs: meter.resetsAt === Infinity ? undefined : meter.resetsAt - this.#now() },
    );
  }
}

function openSessionMeters(id: string, snapshot?: SessionSnapshot): SessionMeters {
  return {
    total: new Meter(Infinity, readMeterSnapshot(snapshot?.total, `sessions.${id}.total`)),
    hour: new Meter(HOUR_MS, readMeterSnapshot(snapshot?.hour, `sessions.${id}.hour`)),
    day: new Meter(DAY_MS, readMeterSnapshot(snapshot?.day, `sessions.${id}.day`)),
  };
}

function mergeLimits(
  own: SessionLimits = {},
  call: SessionLimits = {},
): Record<keyof SessionLimits, number> {
  return {
    tokens: call.tokens ?? own.tokens ?? Infinity,
    tokensPerHour: call.tokensPerHour ?? own.tokensPerHour ?? Infinity,
    tokensPerDay: call.tokensPerDay ?? own.tokensPerDay ?? Infinity,
  };
}

function checkLimits(limits: Readonly<Record<string, number | undefined>>): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (limit !== undefined && !(limit >= 0)) {
      throw new RangeError(`Cannot keep to a budget: ${name} is ${limit}, not a number from 0 up`);
    }
  }
}

/** A snapshot comes from a file, so its type may be a hope. */
function checkSnapshot(snapshot: BudgetSnapshot): void {
  const isObject = typeof snapshot === "object" && snapshot !== null;
  if (isObject && snapshot.version === 1 && typeof snapshot.sessions === "object") return;
  throw new ProviderError(
    "bad_request",
    "Cannot restore budgets: the snapshot is not of version 1",
  );
}

function formatUsd(nanoUsd: number): string {
  return (nanoUsd / NANO).toFixed(6).replace(/\.?0+$/, "") || "0";
}
