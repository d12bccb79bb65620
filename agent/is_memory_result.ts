// SPDX-License-Identifier: Apache-2.0

import type { Message } from "@sigil/store";

/** The tools whose results come from memory, not from outside. */
const MEMORY_TOOLS = new Set([
  "memory_search",
  "memory_summary",
  "memory_recall",
  "memory_remember",
  "memory_semantic",
]);

/**
 * Whether a message is what a memory tool gave. Such words stand in memory where they come from, and
 * are not put into it again: whoever searches would find what was found before. Databases that are
 * older than this rule may hold some.
 */
export function isMemoryResult({ role, toolName }: Pick<Message, "role" | "toolName">): boolean {
  return role === "tool" && MEMORY_TOOLS.has(toolName);
}
