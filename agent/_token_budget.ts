// SPDX-License-Identifier: Apache-2.0

import type { SessionLimits } from "@sigil/provider";
import type { Session, TokenBudget } from "@sigil/store";
import { AgentError } from "./errors.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A limit of a session, and what is used of it. */
interface Limit {
  readonly span: "session" | "hour" | "day";
  readonly max: number;
  readonly used: number;
  /** How long until it begins anew; undefined when it never does. */
  readonly resetsInMs: number | undefined;
}

/**
 * Gives the budget of a session as it is now: hours and days begin anew on the clock, in UTC.
 *
 * What was used in an hour counts for the hour in which the session last changed.
 */
export function currentBudget({ tokenBudget, updatedAt }: Session, now: Date): TokenBudget {
  return {
    ...tokenBudget,
    usedHour: isSameSpan(updatedAt, now, HOUR_MS) ? tokenBudget.usedHour : 0,
    usedDay: isSameSpan(updatedAt, now, DAY_MS) ? tokenBudget.usedDay : 0,
  };
}

/** Adds tokens to a budget. */
export function addTokens(budget: TokenBudget, tokens: number): TokenBudget {
  return {
    ...budget,
    usedSession: budget.usedSession + tokens,
    usedHour: budget.usedHour + tokens,
    usedDay: budget.usedDay + tokens,
  };
}

/**
 * Checks that a session has tokens left.
 *
 * @throws {AgentError} With code `budget`, and when to ask again if that helps.
 */
export function checkTokenBudget(session: Session, now: Date): void {
  const spent = limitsOf(currentBudget(session, now), now)
    .findLast(({ max, used }) => max > 0 && used >= max);
  if (spent === undefined) return;
  const { span, max, used, resetsInMs } = spent;
  const which = span === "session" ? "the session" : `this ${span}`;
  throw new AgentError(
    "budget",
    `Cannot use session "${session.id}": ${used} of ${max} tokens of ${which} are used`,
    { retryAfterMs: resetsInMs },
  );
}

/** Gives the limits of a session as a router takes them, which keeps to them in each call. */
export function toSessionLimits({ tokenBudget }: Session): SessionLimits {
  const { maxPerSession, maxPerHour, maxPerDay } = tokenBudget;
  return {
    tokens: maxPerSession || undefined,
    tokensPerHour: maxPerHour || undefined,
    tokensPerDay: maxPerDay || undefined,
  };
}

/** The one that takes longest to begin anew is the last. */
function limitsOf(budget: TokenBudget, now: Date): readonly Limit[] {
  const { maxPerHour, usedHour, maxPerDay, usedDay, maxPerSession, usedSession } = budget;
  return [
    { span: "hour", max: maxPerHour, used: usedHour, resetsInMs: untilNext(now, HOUR_MS) },
    { span: "day", max: maxPerDay, used: usedDay, resetsInMs: untilNext(now, DAY_MS) },
    { span: "session", max: maxPerSession, used: usedSession, resetsInMs: undefined },
  ];
}

function isSameSpan(left: Date, right: Date, spanMs: number): boolean {
  return Math.floor(left.getTime() / spanMs) === Math.floor(right.getTime() / spanMs);
}

function untilNext(now: Date, spanMs: number): number {
  return spanMs - now.getTime() % spanMs;
}
