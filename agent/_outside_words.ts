// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@sigil/store";
import { isBrought } from "./is_brought.ts";
import { isMemoryResult } from "./is_memory_result.ts";

/** Begins the summary of messages some of which are from outside: it tells what they said. */
const MARK = "[with words from outside]";

/** A line of findings with what a client says that the assistant said: a quote within would be escaped. */
const CLAIM = /^\{"date":"[^"]*","role":"assistant",.*"origin":"client"\}$/m;

/**
 * Whether a message may hold words of anybody: what a client says that the assistant said, what a tool
 * gives, and what was found in memory if it holds such words.
 */
export function isFromOutside(message: Message): boolean {
  if (message.role === "assistant") return isBrought(message);
  if (isMemoryResult(message)) return CLAIM.test(message.content) || isMarked(message.content);
  return message.role === "tool";
}

/** Marks the summary of messages, if some of them are from outside. */
export function markSummary(text: string, messages: readonly Message[]): string {
  return messages.some(isFromOutside) ? `${MARK} ${text}` : text;
}

/** Whether a text holds a summary of messages some of which are from outside. */
export function isMarked(text: string): boolean {
  return text.includes(MARK);
}
