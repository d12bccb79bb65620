// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BudgetLedger, type BudgetLimits, type BudgetSnapshot, ProviderError } from "./mod.ts";

const USD = 1e9;
const START = Date.UTC(2026, 10, 22, 22, 15);
const HOUR = 3_600_000;

function open(limits: BudgetLimits, snapshot?: BudgetSnapshot) {
  const clock = { now: START };
  return { clock, ledger: new BudgetLedger({ limits, snapshot, now: () => clock.now }) };
}

function call(tokens: number, usd = 0) {
  return { model: "a/m", sessionId: "s", tokens, nanoUsd: usd * USD };
}

function refusal(reserve: () => unknown): ProviderError {
  const error = assertThrows(reserve, ProviderError);
  assertEquals(error.code, "budget");
  return error;
}

Deno.test("reserve() refuses what would exceed a limit, and says all about it", async (t) => {
  const cases: readonly (readonly [BudgetLimits, string, number | undefined])[] = [
    [
      { usdPerHour: 5 },
      "the limit of 5 USD per hour would be exceeded; 4.5 are used and this call may need 0.75; " +
      "it resets at 2026-11-22T23:00:00.000Z",
      HOUR * 3 / 4,
    ],
    [
      { usdPerDay: 5 },
      "the limit of 5 USD per day would be exceeded; 4.5 are used and this call may need 0.75; " +
      "it resets at 2026-11-23T00:00:00.000Z",
      HOUR * 7 / 4,
    ],
    [
      { session: { tokens: 120 } },
      "the limit of 120 tokens per session would be exceeded; 90 are used and this call may need " +
      "40; it does not reset: begin a new session or raise the limit",
      undefined,
    ],
    [
      { session: { tokensPerHour: 120 } },
      "the limit of 120 tokens per session and hour would be exceeded; 90 are used and this call " +
      "may need 40; it resets at 2026-11-22T23:00:00.000Z",
      HOUR * 3 / 4,
    ],
    [
      { session: { tokensPerDay: 120 } },
      "the limit of 120 tokens per session and day would be exceeded; 90 are used and this call " +
      "may need 40; it resets at 2026-11-23T00:00:00.000Z",
      HOUR * 7 / 4,
    ],
  ];
  for (const [limits, words, retryAfterMs] of cases) {
    await t.step(JSON.stringify(limits), () => {
      const { ledger } = open(limits);
      ledger.reserve(call(90, 4.5));
      const error = refusal(() => ledger.reserve(call(40, 0.75)));
      assertEquals(error.message, `Cannot chat with "a/m": ${words}`);
      assertEquals(error.retryAfterMs, retryAfterMs);
      ledger.reserve(call(30, 0.5));
    });
  }
});

Deno.test("settle() puts what was used in the place of what was put aside, once", () => {
  const { ledger } = open({ session: { tokens: 100 }, usdPerDay: 1 });
  const reservation = ledger.reserve(call(100, 1));
  refusal(() => ledger.reserve(call(1)));
  assertEquals(ledger.room({ sessionId: "s" }), { tokens: 0, nanoUsd: 0 });
  reservation.settle({ tokens: 30, nanoUsd: 0.25 * USD });
  reservation.settle({ tokens: 0, nanoUsd: 0 });
  assertEquals(ledger.room({ sessionId: "s" }), { tokens: 70, nanoUsd: 0.75 * USD });
  assertEquals(ledger.usage(), { usdThisHour: 0.25, usdToday: 0.25 });
  assertEquals([ledger.sessionTokens("s"), ledger.sessionTokens("t")], [30, 0]);
});

Deno.test("settle() may tell more than was put aside: the limit is then used up", () => {
  const { ledger } = open({ session: { tokens: 100 } });
  ledger.reserve(call(50)).settle({ tokens: 170, nanoUsd: 0 });
  assertEquals(ledger.room({ sessionId: "s" }).tokens, 0);
  refusal(() => ledger.reserve(call(1)));
});

Deno.test("windows roll over with the hour and the day of UTC", () => {
  const { ledger, clock } = open({ usdPerHour: 1, usdPerDay: 3, session: { tokens: 50 } });
  ledger.reserve(call(10, 1)).settle({ tokens: 10, nanoUsd: USD });
  clock.now += HOUR * 3 / 4 - 1;
  refusal(() => ledger.reserve(call(10, 1)));
  clock.now += 1;
  ledger.reserve(call(10, 1)).settle({ tokens: 10, nanoUsd: USD });
  assertEquals(ledger.usage(), { usdThisHour: 1, usdToday: 2 });
  clock.now += HOUR;
  assertEquals(ledger.usage(), { usdThisHour: 0, usdToday: 0 });
  assertEquals(ledger.sessionTokens("s"), 20);
});

Deno.test("a call counts in the window in which it began", () => {
  const { ledger, clock } = open({ usdPerHour: 1 });
  const late = ledger.reserve(call(10, 1));
  clock.now += HOUR;
  assertEquals(ledger.usage(), { usdThisHour: 0, usdToday: 1 });
  late.settle({ tokens: 10, nanoUsd: USD / 2 });
  assertEquals(ledger.usage(), { usdThisHour: 0, usdToday: 0.5 });
});

Deno.test("a clock that is set back gives nothing free", () => {
  const { ledger, clock } = open({ usdPerHour: 1 });
  ledger.reserve(call(0, 1)).settle({ tokens: 0, nanoUsd: USD });
  clock.now -= 5 * HOUR;
  refusal(() => ledger.reserve(call(0, 1)));
});

Deno.test("limits of the call stand in the place of the ledger's, each by itself", () => {
  const { ledger } = open({ session: { tokens: 10, tokensPerHour: 500 } });
  const sessionLimits = { tokens: 1000 };
  ledger.reserve({ ...call(400), sessionLimits });
  refusal(() => ledger.reserve({ ...call(101), sessionLimits }));
  refusal(() => ledger.reserve(call(1)));
  ledger.reserve({ ...call(11), sessionId: "t", sessionLimits });
  refusal(() => ledger.reserve({ ...call(11), sessionId: "u" }));
  ledger.reserve({ ...call(1_000_000), sessionId: undefined });
});

Deno.test("setLimits() keeps what was used", () => {
  const { ledger } = open({ usdPerDay: 1 });
  ledger.reserve(call(0, 1)).settle({ tokens: 0, nanoUsd: USD });
  refusal(() => ledger.reserve(call(0, 0.5)));
  ledger.setLimits({ usdPerDay: 2 });
  assertEquals(ledger.room().nanoUsd, USD);
  ledger.reserve(call(0, 0.5));
  assertThrows(() => ledger.setLimits({ usdPerDay: -1 }), RangeError);
  assertEquals(ledger.room().nanoUsd, USD / 2);
});

Deno.test("snapshot() survives JSON, and leaves out what is not settled", () => {
  const limits = { usdPerHour: 2, session: { tokens: 100 } };
  const { ledger } = open(limits);
  ledger.reserve(call(60, 1.5)).settle({ tokens: 60, nanoUsd: 1.5 * USD });
  ledger.reserve(call(5, 0.1));
  const snapshot: BudgetSnapshot = JSON.parse(JSON.stringify(ledger.snapshot()));
  const { ledger: restored, clock } = open(limits, snapshot);
  assertEquals(restored.snapshot(), snapshot);
  assertEquals(restored.room({ sessionId: "s" }), { tokens: 40, nanoUsd: 0.5 * USD });
  clock.now += HOUR;
  assertEquals(restored.room({ sessionId: "s" }), { tokens: 40, nanoUsd: 2 * USD });
  restored.forgetSession("s");
  assertEquals(restored.sessionTokens("s"), 0);
});

Deno.test("BudgetLedger refuses a snapshot that is none", async (t) => {
  const meter = { start: 0, used: 0 };
  const usd = { hour: meter, day: meter };
  const wrong: readonly unknown[] = [
    null,
    {},
    { version: 2, usd, sessions: {} },
    { version: 1, usd: { hour: { start: 0, used: -1 }, day: meter }, sessions: {} },
    { version: 1, usd: { hour: { start: "0", used: 0 }, day: meter }, sessions: {} },
    { version: 1, usd, sessions: { s: { total: 7 } } },
  ];
  for (const snapshot of wrong) {
    await t.step(JSON.stringify(snapshot), () => {
      const make = () => new BudgetLedger({ snapshot: snapshot as BudgetSnapshot });
      const error = assertThrows(make, ProviderError);
      assertEquals(error.code, "bad_request");
      assertStringIncludes(error.message, "Cannot restore budgets: ");
    });
  }
});

Deno.test("BudgetLedger refuses limits that are no numbers from 0 up", () => {
  for (const limits of [{ usdPerDay: -1 }, { usdPerHour: NaN }, { session: { tokens: -5 } }]) {
    assertThrows(() => new BudgetLedger({ limits }), RangeError);
  }
  refusal(() => new BudgetLedger({ limits: { usdPerDay: 0 } }).reserve(call(0, 0.01)));
});

Deno.test("BudgetLedger forgets the sessions that were used longest ago", () => {
  const { ledger } = open({});
  for (let i = 0; i <= 50_000; i++) {
    ledger.reserve({ ...call(1), sessionId: `s${i}` }).settle({ tokens: 1, nanoUsd: 0 });
    if (i === 49_999) ledger.reserve({ ...call(1), sessionId: "s0" });
  }
  assertEquals(["s0", "s1", "s2"].map((id) => ledger.sessionTokens(id)), [2, 0, 1]);
});

Deno.test("whatever the order of calls, no limit is exceeded", () => {
  const amount = fc.record({ most: fc.nat(40), share: fc.double({ min: 0, max: 1, noNaN: true }) });
  fc.assert(fc.property(fc.array(amount, { maxLength: 60 }), fc.nat(100), (calls, limit) => {
    const { ledger } = open({ session: { tokens: limit }, usdPerDay: limit });
    const openCalls: { settle: () => void }[] = [];
    for (const { most, share } of calls) {
      if (share > 0.6) openCalls.shift()?.settle();
      try {
        const reservation = ledger.reserve(call(most, most));
        const used = Math.floor(most * share);
        const settle = () => reservation.settle({ tokens: used, nanoUsd: used * USD });
        openCalls.push({ settle });
      } catch (error) {
        assert(error instanceof ProviderError && error.code === "budget");
      }
      assert(ledger.sessionTokens("s") <= limit);
      assert(ledger.usage().usdToday <= limit);
    }
  }));
});
