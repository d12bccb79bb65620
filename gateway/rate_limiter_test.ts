// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FakeClock } from "../tests/gateway/_fake_clock.ts";
import { RateLimiter } from "./rate_limiter.ts";

Deno.test("RateLimiter.take() allows a burst, then the rate", () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter({ perSecond: 2, burst: 3 }, clock);
  assertEquals([1, 2, 3, 4].map(() => limiter.take("a")), [0, 0, 0, 500]);
  assertEquals(limiter.take("b"), 0);
  clock.advance(499);
  assert(limiter.take("a") > 0);
  clock.advance(1);
  assertEquals(limiter.take("a"), 0);
});

Deno.test("RateLimiter.take() sets no limit when the rate is 0", () => {
  const limiter = new RateLimiter({ perSecond: 0, burst: 1 }, new FakeClock());
  assertEquals([1, 2, 3].map(() => limiter.take("a")), [0, 0, 0]);
});

Deno.test("RateLimiter.take() survives a clock that is set back", () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, clock);
  limiter.take("a");
  clock.advance(-3_600_000);
  assertEquals(limiter.take("a"), 1_000);
});

Deno.test("RateLimiter.take() never allows more than burst and rate together", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 60 }),
    fc.integer({ min: 1, max: 10 }),
    fc.integer({ min: 1, max: 10 }),
    (pauses, perSecond, burst) => {
      const clock = new FakeClock();
      const limiter = new RateLimiter({ perSecond, burst }, clock);
      let allowed = 0;
      for (const pause of pauses) {
        clock.advance(pause);
        if (limiter.take("a") === 0) allowed++;
      }
      const seconds = pauses.reduce((sum, pause) => sum + pause, 0) / 1000;
      assert(allowed <= burst + seconds * perSecond + 1e-6);
    },
  ));
});

Deno.test("RateLimiter.take() says exactly how long to wait", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 50 }), (perSecond) => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ perSecond, burst: 1 }, clock);
    limiter.take("a");
    clock.advance(limiter.take("a"));
    assertEquals(limiter.take("a"), 0);
  }));
});
