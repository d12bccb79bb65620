// SPDX-License-Identifier: Apache-2.0

import type { LanguageModelV4Usage } from "@ai-sdk/provider";
import type { Usage } from "../chat.ts";

/** Reads the usage at the end of an answer; nothing when the vendor told none. */
export function toUsage({ inputTokens, outputTokens }: LanguageModelV4Usage): Usage | undefined {
  if (inputTokens.total === undefined && outputTokens.total === undefined) return undefined;
  return {
    inputTokens: inputTokens.total ?? 0,
    outputTokens: outputTokens.total ?? 0,
    cacheReadTokens: inputTokens.cacheRead ?? 0,
    cacheWriteTokens: inputTokens.cacheWrite ?? 0,
  };
}

/**
 * Reads the usage out of one event as the vendor sent it, over what is known from earlier ones.
 *
 * The end of an answer that breaks off never comes, but vendors tell some usage before it: Anthropic
 * at the beginning, Google with every event.
 */
export function readRawUsage(event: unknown, before: Usage | undefined): Usage | undefined {
  const raw = findUsage(event);
  if (raw === undefined) return before;
  const known = before ?? NOTHING;
  const cacheRead = number(raw, "cache_read_input_tokens", "cachedContentTokenCount") ??
    number(
      record(raw, "prompt_tokens_details") ?? record(raw, "input_tokens_details"),
      "cached_tokens",
    );
  const cacheWrite = number(raw, "cache_creation_input_tokens");
  const input = number(raw, "input_tokens", "prompt_tokens", "promptTokenCount");
  const output = number(raw, "output_tokens", "completion_tokens", "candidatesTokenCount");
  const thoughts = number(raw, "thoughtsTokenCount") ?? 0;
  // Anthropic alone counts its cache beside the input, and names the two so.
  const beside = number(raw, "cache_read_input_tokens") ?? 0;
  return {
    inputTokens: input === undefined ? known.inputTokens : input + beside + (cacheWrite ?? 0),
    outputTokens: output === undefined && thoughts === 0
      ? known.outputTokens
      : (output ?? 0) + thoughts,
    cacheReadTokens: cacheRead ?? known.cacheReadTokens,
    cacheWriteTokens: cacheWrite ?? known.cacheWriteTokens,
  };
}

const NOTHING: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
};

/** Where the vendors keep it: at the top, or in the message or response that the event is about. */
function findUsage(event: unknown): Record<string, unknown> | undefined {
  return record(event, "usage") ?? record(event, "usageMetadata") ??
    record(record(event, "message"), "usage") ?? record(record(event, "response"), "usage");
}

function record(value: unknown, key: string): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined;
  const found = value[key];
  return isRecord(found) ? found : undefined;
}

function number(value: unknown, ...keys: readonly string[]): number | undefined {
  if (!isRecord(value)) return undefined;
  return keys.map((key) => value[key]).find((found) => typeof found === "number");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
