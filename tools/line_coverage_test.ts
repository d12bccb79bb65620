// SPDX-License-Identifier: Apache-2.0

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { coverageOfUnloaded, parseLcov, percent, sumCoverage } from "./line_coverage.ts";

Deno.test("parseLcov() counts the lines of each file", () => {
  const files = parseLcov("SF:/a.ts\nDA:1,3\nDA:2,0\nLH:1\nend_of_record\nSF:/b.ts\nDA:7,1\n");
  assertEquals([...files], [
    ["/a.ts", { covered: 1, total: 2 }],
    ["/b.ts", { covered: 1, total: 1 }],
  ]);
});

Deno.test("parseLcov() joins what several processes ran of one file", () => {
  const files = parseLcov("SF:/a.ts\nDA:1,0\nDA:2,1\nend_of_record\nSF:/a.ts\nDA:1,1\nDA:2,0\n");
  assertEquals(files.get("/a.ts"), { covered: 2, total: 2 });
});

Deno.test("percent() of sumCoverage() weighs files by their lines", () => {
  const sum = sumCoverage([{ covered: 9, total: 10 }, { covered: 0, total: 20 }]);
  assertAlmostEquals(percent(sum), 30);
  assertEquals(percent(sumCoverage([])), 100);
});

Deno.test("coverageOfUnloaded() counts code, and neither types nor re-exports", async (t) => {
  const cases = {
    "types": ["/** Doc. */\nexport interface A {\n  a: number;\n}\ntype B = A;\n", 0],
    "re-exports": [
      'import type { A } from "./a.ts";\nexport * from "./a.ts";\nexport {\n  b,\n} from "./b.ts";\n',
      0,
    ],
    "an empty module": ["// Nothing.\nexport {};\n", 0],
    "a function": ["export function add(a: number, b: number): number {\n  return a + b;\n}\n", 3],
    "a constant": ["export const a: number = 1;\n", 1],
  } as const;
  for (const [name, [source, total]] of Object.entries(cases)) {
    await t.step(name, () => assertEquals(coverageOfUnloaded(source), { covered: 0, total }));
  }
});
