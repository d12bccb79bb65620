// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import { costInNanoUsd, findModelFacts, findPrice, MODEL_FACTS, PRICES_AS_OF } from "./mod.ts";

Deno.test("findModelFacts() knows a model by its name and by its dated name", async (t) => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["anthropic/claude-sonnet-4-5", 15],
    ["anthropic/claude-sonnet-4-5-20250929", 15],
    ["anthropic/claude-3-7-sonnet-latest", 15],
    ["openrouter/anthropic/claude-sonnet-4.5", 15],
    ["openrouter/openai/gpt-4.1-mini", 1.6],
    ["openai/gpt-4o-2024-08-06", 10],
    ["openai/gpt-5", 10],
    ["openai/gpt-5-turbo-unheard-of", undefined],
    ["gpt-5", undefined],
    ["work/gpt-5", undefined],
    ["toString", undefined],
  ];
  for (const [model, output] of cases) {
    await t.step(model, () => assertEquals(findModelFacts(model)?.output, output));
  }
});

Deno.test("findPrice() takes the most exact of what it is given", async (t) => {
  const price = (input: number) => ({ input, output: 0 });
  const overrides = {
    "openai/gpt-5": price(1),
    "openai/gpt-5*": price(2),
    "openai/*": price(3),
    "*": price(4),
  };
  const cases: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ["openai/gpt-5", 1, 1.25],
    ["openai/gpt-5-mini", 2, 0.25],
    ["openai/o3", 3, 2],
    ["anthropic/claude-sonnet-4-5", 3, 3],
    ["somewhere/x", 4, undefined],
    ["local/recall", 0, 0],
    ["ollama/llama3.2:3b", 0, 0],
    ["locality/x", 4, undefined],
  ];
  for (const [model, overridden, listed] of cases) {
    await t.step(model, () => {
      assertEquals(findPrice(model, overrides)?.input, overridden);
      assertEquals(findPrice(model)?.input, listed);
    });
  }
});

Deno.test("costInNanoUsd() prices what came from the cache and what went into it", () => {
  const usage = {
    inputTokens: 2020,
    outputTokens: 100,
    cacheReadTokens: 1700,
    cacheWriteTokens: 300,
  };
  const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
  assertEquals(costInNanoUsd(usage, price), (20 * 3 + 1700 * 0.3 + 300 * 3.75 + 1500) * 1000);
  assertEquals(costInNanoUsd(usage, { input: 3, output: 15 }), (2020 * 3 + 1500) * 1000);
  assertEquals(
    costInNanoUsd({ ...usage, inputTokens: 0 }, {
      input: 3,
      output: 0,
      cacheRead: 0,
      cacheWrite: 0,
    }),
    0,
  );
});

Deno.test("MODEL_FACTS are all whole", () => {
  assert(!Number.isNaN(Date.parse(PRICES_AS_OF)));
  for (const [model, facts] of Object.entries(MODEL_FACTS)) {
    assert(/^(anthropic|openai|google)\/[a-z0-9.-]+$/.test(model), model);
    assert(facts.input > 0 && facts.output >= 0 && facts.contextTokens > 1000, model);
    assert((facts.cacheRead ?? 0) < facts.input, model);
  }
});
