// SPDX-License-Identifier: Apache-2.0

import type { ChatMessage, ToolCall } from "@sigil/provider";
import type { Message } from "@sigil/store";
import { isJsonObject } from "./_arguments.ts";
import { tagUntrusted } from "./_tagging.ts";
import { fromMetadata } from "./_tool_calls.ts";

/** What stands in for the result of a call whose turn was killed or aborted. */
const INTERRUPTED = "interrupted: the call did not finish, and it is not known what it did";

/** Drops the messages before the first that a user said: a window may be cut within a turn. */
export function wholeTurns(window: readonly Message[]): readonly Message[] {
  const first = window.findIndex((message) => message.role === "user");
  return first < 0 ? [] : window.slice(first);
}

/**
 * Builds what a model is shown, in a form that every vendor takes: each tool call is followed by
 * exactly one result, in the order of the calls, and no result stands alone.
 *
 * System messages that a session may hold are left out: the only instructions are the system prompt.
 *
 * @param summary What was said before, in short; shown as data, and left out when empty.
 */
export function buildConversation(messages: readonly Message[], summary: string): ChatMessage[] {
  const shown: ChatMessage[] = [];
  if (summary !== "") {
    shown.push({ role: "user", content: tagUntrusted("conversation_summary", summary) });
  }
  for (const [index, message] of messages.entries()) {
    if (message.role === "user") shown.push({ role: "user", content: message.content });
    if (message.role === "assistant") shown.push(...showAnswer(message, messages, index));
  }
  return shown;
}

function showAnswer(message: Message, messages: readonly Message[], index: number): ChatMessage[] {
  const calls = fromMetadata(message);
  const { content } = message;
  if (calls.length === 0) return content === "" ? [] : [{ role: "assistant", content }];
  const results = resultsAfter(messages, index);
  return [
    { role: "assistant", content, toolCalls: calls.map(showCall) },
    ...calls.map((call) => showResult(call, results.get(call.id))),
  ];
}

/** The results that follow a message directly, by the call that they answer. */
function resultsAfter(messages: readonly Message[], index: number): Map<string, Message> {
  const results = new Map<string, Message>();
  for (let next = index + 1; messages[next]?.role === "tool"; next++) {
    const result = messages[next];
    if (result !== undefined) results.set(result.toolCallId, result);
  }
  return results;
}

/** Arguments that are no JSON object are left out: the result tells what was wrong with them. */
function showCall(call: ToolCall): ToolCall {
  return isJsonObject(call.arguments) ? call : { ...call, arguments: "{}" };
}

function showResult(call: ToolCall, result: Message | undefined): ChatMessage {
  const failed = result === undefined || result.metadata.isError === "true";
  const content = tagUntrusted("tool_result", result?.content ?? INTERRUPTED, {
    name: call.name,
    ...(failed ? { error: "true" } : {}),
  });
  return { role: "tool", content, toolCallId: call.id, toolName: call.name };
}
