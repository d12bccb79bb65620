// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { formatTally, parseTally, settleTally } from "./tally.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="1" errors="0" time="0.016">
  <testsuite name="./a_test.ts" tests="4" disabled="1" errors="0" failures="1">
    <testcase name="a" classname="./a_test.ts"></testcase>
    <testcase name="a &gt; step &lt;failure&gt;" classname="./a_test.ts"></testcase>
    <testcase name="b" classname="./a_test.ts">
      <failure message="Uncaught">Error: &lt;testcase&gt; &lt;skipped/&gt;</failure>
    </testcase>
    <testcase name="c" classname="./a_test.ts"><skipped/></testcase>
  </testsuite>
</testsuites>`;

Deno.test("parseTally() counts tests and steps, and no words that look like them", () => {
  assertEquals(parseTally(REPORT), { passed: 2, failed: 1, skipped: 1 });
  assertEquals(parseTally(""), { passed: 0, failed: 0, skipped: 0 });
});

Deno.test("settleTally() lets no failed run look whole", () => {
  assertEquals(settleTally({ passed: 3, failed: 0, skipped: 0 }, 1).failed, 1);
  assertEquals(settleTally({ passed: 3, failed: 2, skipped: 0 }, 1).failed, 2);
  assertEquals(settleTally({ passed: 3, failed: 0, skipped: 0 }, 0).failed, 0);
});

Deno.test("formatTally() names the skipped only when there are any", () => {
  assertEquals(formatTally({ passed: 12, failed: 0, skipped: 0 }), "12 passed, 0 failed");
  assertEquals(formatTally({ passed: 1, failed: 2, skipped: 3 }), "1 passed, 2 failed, 3 skipped");
});
