// SPDX-License-Identifier: Apache-2.0

import type { ChatRequest, ToolDefinition } from "./chat.ts";

/** What a message costs besides its text. */
const TOKENS_PER_MESSAGE = 8;

/** Estimates of tools, which stay the same and go with every request of an agent. */
const toolTokens = new WeakMap<ToolDefinition, number>();

/**
 * Estimates how many tokens a text is: one for each four ASCII characters, one for each other.
 *
 * A vendor's own count differs, for English by a tenth or so. Use it only where no count is told.
 *
 * @example Usage
 * ```ts
 * import { estimateTokens } from "@sigil/provider";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(estimateTokens("What is the time?"), 5);
 * assertEquals(estimateTokens("何時ですか"), 5);
 * ```
 */
export function estimateTokens(text: string): number {
  let ascii = 0;
  let other = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) < 128) ascii++;
    else other++;
  }
  return Math.ceil(ascii / 4) + other;
}

/**
 * Estimates how many tokens a model reads for a request, its tools included. The definition of a tool is
 * taken not to change once a request has held it.
 */
export function estimateRequestTokens(request: ChatRequest): number {
  let tokens = estimateTokens(request.systemPrompt ?? "");
  for (const { content, toolCalls } of request.messages) {
    tokens += TOKENS_PER_MESSAGE + estimateTokens(content);
    for (const { name, arguments: text } of toolCalls ?? []) tokens += estimateTokens(name + text);
  }
  for (const tool of request.tools ?? []) tokens += estimateToolTokens(tool);
  return tokens;
}

function estimateToolTokens(tool: ToolDefinition): number {
  let tokens = toolTokens.get(tool);
  if (tokens === undefined) {
    tokens = estimateTokens(JSON.stringify(tool));
    toolTokens.set(tool, tokens);
  }
  return tokens;
}
