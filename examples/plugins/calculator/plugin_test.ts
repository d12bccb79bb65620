// SPDX-License-Identifier: Apache-2.0

import { testPlugin } from "@sigil/plugin/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import plugin from "./plugin.ts";

Deno.test("calculate gives the value of an expression", async (t) => {
  await using tested = await testPlugin(plugin);
  const cases: readonly (readonly [expression: string, value: string])[] = [
    ["2 * (3 + 4)", "14"],
    ["0.1 + 0.2", "0.3"],
    ["2^64", "1.844674407371e+19"],
    ["5 km to mile", "3.1068559611867 mile"],
    ["20 degC to degF", "68 degF"],
    ["sqrt(-4)", "2i"],
    ["det([1, 2; 3, 4])", "-2"],
    ["price = 20\nprice * 1.2", "24"],
    ["1 / 0", "Infinity"],
    ['concat("a", "b")', '"ab"'],
  ];
  for (const [expression, value] of cases) {
    await t.step(expression, async () => {
      assertEquals(await tested.execute("calculate", { expression }), value);
    });
  }
});

Deno.test("calculate says what is wrong with an expression", async (t) => {
  await using tested = await testPlugin(plugin);
  const cases: readonly (readonly [expression: string, reason: string])[] = [
    ["2 +", "Unexpected end of expression"],
    ["x + 1", "Undefined symbol x"],
    ["5 km to kg", "Units do not match"],
    ["f(x) = x", "That has no value"],
    ["f(x) = f(x); f(1)", "Maximum call stack"],
    ["import({ pi: 3 }, { override: true })", "cannot be used here"],
    [`config({ number: "BigNumber" })`, "cannot be used here"],
    ['evaluate("1")', "cannot be used here"],
    ['parse("1").constructor', "cannot be used here"],
    ["(cos).constructor", "No access to property"],
    ['"".constructor', "No access to property"],
  ];
  for (const [expression, reason] of cases) {
    await t.step(expression, async () => {
      const error = await assertRejects(() => tested.execute("calculate", { expression }), Error);
      assertStringIncludes(error.message, reason);
    });
  }
});

Deno.test("a calculation leaves nothing behind for the next one", async () => {
  await using tested = await testPlugin(plugin);
  assertEquals(await tested.execute("calculate", { expression: "secret = 7" }), "7");
  await assertRejects(() => tested.execute("calculate", { expression: "secret" }), Error);
});

Deno.test("calculate cuts a result that is too long for a model", async () => {
  await using tested = await testPlugin(plugin);
  const text = await tested.execute("calculate", { expression: "ones(100, 100)" });
  assertStringIncludes(text, "… (cut)");
  assertEquals(text.length < 5000, true);
});
