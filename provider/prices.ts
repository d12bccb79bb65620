// SPDX-License-Identifier: Apache-2.0

import type { Usage } from "./chat.ts";

/** What a model costs, in USD for a million tokens. */
export interface Price {
  /** Tokens read, not from a cache. */
  readonly input: number;
  /** Tokens written, thinking included. */
  readonly output: number;
  /**
   * Tokens read from the vendor's cache.
   *
   * @default {input}
   */
  readonly cacheRead?: number | undefined;
  /**
   * Tokens written to the vendor's cache.
   *
   * @default {input}
   */
  readonly cacheWrite?: number | undefined;
}

/** A model as {@linkcode MODEL_FACTS} knows it. */
export interface ModelFacts extends Price {
  /** How many tokens it can read. */
  readonly contextTokens: number;
}

/** The day up to which {@linkcode MODEL_FACTS} was read from the vendors' public price lists. */
export const PRICES_AS_OF = "2025-11-30";

/**
 * List prices by `provider/model`, in USD for a million tokens, standard tier.
 *
 * Sources: the public price pages of Anthropic, OpenAI and Google, as of {@linkcode PRICES_AS_OF}.
 * Prices change, and surcharges (long context, regions) and rebates (batch) are not in it: give the
 * router your own in `prices` where the bill matters.
 */
export const MODEL_FACTS: Readonly<Record<string, ModelFacts>> = {
  "anthropic/claude-opus-4-5": claude(5, 25),
  "anthropic/claude-opus-4-1": claude(15, 75),
  "anthropic/claude-opus-4": claude(15, 75),
  "anthropic/claude-sonnet-4-5": claude(3, 15),
  "anthropic/claude-sonnet-4": claude(3, 15),
  "anthropic/claude-3-7-sonnet": claude(3, 15),
  "anthropic/claude-haiku-4-5": claude(1, 5),
  "anthropic/claude-3-5-haiku": claude(0.8, 4),
  "anthropic/claude-3-haiku": claude(0.25, 1.25),
  "openai/gpt-5.1": { input: 1.25, output: 10, cacheRead: 0.125, contextTokens: 400_000 },
  "openai/gpt-5": { input: 1.25, output: 10, cacheRead: 0.125, contextTokens: 400_000 },
  "openai/gpt-5-mini": { input: 0.25, output: 2, cacheRead: 0.025, contextTokens: 400_000 },
  "openai/gpt-5-nano": { input: 0.05, output: 0.4, cacheRead: 0.005, contextTokens: 400_000 },
  "openai/gpt-5-pro": { input: 15, output: 120, contextTokens: 400_000 },
  "openai/gpt-4.1": { input: 2, output: 8, cacheRead: 0.5, contextTokens: 1_047_576 },
  "openai/gpt-4.1-mini": { input: 0.4, output: 1.6, cacheRead: 0.1, contextTokens: 1_047_576 },
  "openai/gpt-4.1-nano": { input: 0.1, output: 0.4, cacheRead: 0.025, contextTokens: 1_047_576 },
  "openai/gpt-4o": { input: 2.5, output: 10, cacheRead: 1.25, contextTokens: 128_000 },
  "openai/gpt-4o-mini": { input: 0.15, output: 0.6, cacheRead: 0.075, contextTokens: 128_000 },
  "openai/o3": { input: 2, output: 8, cacheRead: 0.5, contextTokens: 200_000 },
  "openai/o4-mini": { input: 1.1, output: 4.4, cacheRead: 0.275, contextTokens: 200_000 },
  "openai/text-embedding-3-small": { input: 0.02, output: 0, contextTokens: 8191 },
  "openai/text-embedding-3-large": { input: 0.13, output: 0, contextTokens: 8191 },
  "google/gemini-2.5-pro": {
    input: 1.25,
    output: 10,
    cacheRead: 0.125,
    contextTokens: 1_048_576,
  },
  "google/gemini-2.5-flash": { input: 0.3, output: 2.5, cacheRead: 0.03, contextTokens: 1_048_576 },
  "google/gemini-2.5-flash-lite": {
    input: 0.1,
    output: 0.4,
    cacheRead: 0.01,
    contextTokens: 1_048_576,
  },
  "google/gemini-embedding-001": { input: 0.15, output: 0, contextTokens: 2048 },
};

/** Models that cost nothing: they run on one's own machine. */
const FREE: Price = { input: 0, output: 0 };
const FREE_PROVIDERS = ["local/", "ollama/"];

/** Endings that name a snapshot of a model, not another model. */
const SNAPSHOT = /-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$/;

/**
 * Finds what is known of a model, by its name or by its name without the date of a snapshot.
 *
 * Models of `openrouter/vendor/model` are those of the vendor.
 */
export function findModelFacts(model: string): ModelFacts | undefined {
  const name = model.replace(/^openrouter\//, "");
  for (const key of [name, name.replace(SNAPSHOT, "")]) {
    const known = ownValue(MODEL_FACTS, key) ?? ownValue(MODEL_FACTS, dashed(key));
    if (known !== undefined) return known;
  }
  return undefined;
}

/**
 * Finds the price of a model: the most exact of `overrides`, else the list price, else free for
 * `local/` and `ollama/`, else nothing.
 *
 * A key of `overrides` that ends in `*` stands for every name that starts so; `*` alone for all.
 *
 * @example Usage
 * ```ts
 * import { findPrice } from "@sigil/provider";
 * import { assertEquals } from "@std/assert";
 *
 * const overrides = { "work/*": { input: 1, output: 4 } };
 * assertEquals(findPrice("work/gpt-5", overrides)?.output, 4);
 * assertEquals(findPrice("somewhere/unheard-of", overrides), undefined);
 * ```
 */
export function findPrice(
  model: string,
  overrides: Readonly<Record<string, Price>> = {},
): Price | undefined {
  const exact = ownValue(overrides, model);
  if (exact !== undefined) return exact;
  const pattern = Object.keys(overrides)
    .filter((key) => key.endsWith("*") && model.startsWith(key.slice(0, -1)))
    .sort((a, b) => b.length - a.length)[0];
  if (pattern !== undefined && pattern !== "*") return overrides[pattern];
  const free = FREE_PROVIDERS.some((prefix) => model.startsWith(prefix)) ? FREE : undefined;
  return findModelFacts(model) ?? free ?? ownValue(overrides, "*");
}

/** The cost of some tokens, in billionths of a USD: whole numbers, so that sums are exact. */
export function costInNanoUsd(usage: Usage, price: Price): number {
  const { input, output, cacheRead = input, cacheWrite = input } = price;
  const cached = usage.cacheReadTokens + usage.cacheWriteTokens;
  const usd = Math.max(0, usage.inputTokens - cached) * input +
    usage.cacheReadTokens * cacheRead +
    usage.cacheWriteTokens * cacheWrite +
    usage.outputTokens * output;
  return Math.round(usd * 1000);
}

/** A Claude model: a cache read is a tenth of the price of input, a write a quarter more. */
function claude(input: number, output: number): ModelFacts {
  return {
    input,
    output,
    cacheRead: input / 10,
    cacheWrite: input * 1.25,
    contextTokens: 200_000,
  };
}

/** OpenRouter writes `claude-sonnet-4.5` where Anthropic writes `claude-sonnet-4-5`. */
function dashed(name: string): string {
  return name.replaceAll(".", "-");
}

function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
