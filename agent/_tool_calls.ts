// SPDX-License-Identifier: Apache-2.0

import type { ToolCall } from "@sigil/provider";
import type { Message } from "@sigil/store";

/** Where an assistant message keeps the tool calls that it asked for. */
const KEY = "toolCalls";

/** Writes tool calls down as metadata of the message that asked for them. */
export function toMetadata(calls: readonly ToolCall[]): Record<string, string> {
  return { [KEY]: JSON.stringify(calls) };
}

/** Reads the tool calls of a message; none when it holds none that can be read. */
export function fromMetadata(message: Message): readonly ToolCall[] {
  const written = message.role === "assistant" ? message.metadata[KEY] : undefined;
  if (written === undefined) return [];
  try {
    const calls: unknown = JSON.parse(written);
    return Array.isArray(calls) && calls.every(isToolCall) ? calls : [];
  } catch {
    return [];
  }
}

/**
 * Makes tool calls fit to be stored and shown to any vendor again: every id there and used once,
 * every name of letters that vendors take.
 */
export function normaliseCalls(calls: readonly ToolCall[], newId: () => string): ToolCall[] {
  const seen = new Set<string>();
  return calls.map((call) => {
    const id = isUsable(call.id) && !seen.has(call.id) ? call.id : `call_${newId()}`;
    seen.add(id);
    const name = call.name.replaceAll(/[^\w-]/g, "_").slice(0, 64) || "unknown";
    return { id, name, arguments: call.arguments };
  });
}

function isUsable(id: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(id);
}

function isToolCall(value: unknown): value is ToolCall {
  return typeof value === "object" && value !== null &&
    "id" in value && typeof value.id === "string" &&
    "name" in value && typeof value.name === "string" &&
    "arguments" in value && typeof value.arguments === "string";
}
