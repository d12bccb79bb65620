// SPDX-License-Identifier: Apache-2.0

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuse, type Ranking } from "./_ranking.ts";

Deno.test("fuse() gives weight by rank", () => {
  const entries = [{ key: "a", score: 9 }, { key: "b", score: 1 }];
  const fused = fuse([
    { signal: "words", weight: 1, entries },
    { signal: "lsa", weight: 2, entries: [{ key: "b", score: 0.5 }] },
  ], 1);
  assertEquals(fused.get("a"), {
    score: 1,
    shares: [{ signal: "words", rank: 1, score: 9, share: 1 }],
  });
  assertAlmostEquals(fused.get("b")?.score ?? 0, 2 / 3 + 2);
});

Deno.test("fuse() never puts a document below one that every ranking puts lower", () => {
  const order = fc.shuffledSubarray([..."abcdef"], { minLength: 6 });
  fc.assert(fc.property(order, order, fc.integer({ min: 0, max: 60 }), (one, other, halfRank) => {
    const toRanking = (keys: readonly string[]): Ranking => ({
      signal: "words",
      weight: 1,
      entries: keys.map((key) => ({ key, score: 1 })),
    });
    const fused = fuse([toRanking(one), toRanking(other)], halfRank);
    for (const a of one) {
      for (const b of one) {
        const isAhead = one.indexOf(a) < one.indexOf(b) && other.indexOf(a) < other.indexOf(b);
        if (isAhead) assert((fused.get(a)?.score ?? 0) > (fused.get(b)?.score ?? 0));
      }
    }
  }));
});
