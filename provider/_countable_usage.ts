// SPDX-License-Identifier: Apache-2.0

import type { Usage } from "./chat.ts";

/**
 * Gives what of a told usage can be counted: a number below zero, or none at all, would give back what
 * others used, or leave a budget without any limit.
 */
export function countableUsage(usage: Usage): Usage {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  const isCountable = inputTokens >= 0 && outputTokens >= 0 && cacheReadTokens >= 0 &&
    cacheWriteTokens >= 0 &&
    Number.isFinite(inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens);
  if (isCountable) return usage;
  return {
    inputTokens: countable(inputTokens),
    outputTokens: countable(outputTokens),
    cacheReadTokens: countable(cacheReadTokens),
    cacheWriteTokens: countable(cacheWriteTokens),
  };
}

function countable(tokens: number): number {
  return tokens > 0 && Number.isFinite(tokens) ? tokens : 0;
}
