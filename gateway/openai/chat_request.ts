// SPDX-License-Identifier: Apache-2.0

import type { ChatMessage, ChatOptions, ChatRequest, ToolDefinition } from "@sigil/provider";
import { GatewayError } from "../errors.ts";
import type { ChatCompletionMessage, ChatCompletionRequest } from "./schemas.ts";

/**
 * Fields that shape how a model chooses its words, and that Sigil's contract has no place for. An answer
 * without them is still an answer to the question, so they are named in a header instead of refused.
 */
const HINTS = ["top_p", "frequency_penalty", "presence_penalty", "seed"] as const;

/** What the agent decides by itself: it has its own tools, and its own way with models. */
const AGENT_DECIDES = [
  ...HINTS,
  "temperature",
  "max_tokens",
  "max_completion_tokens",
  "stop",
  "tools",
] as const;

/** Names what a request asks for and does not get. */
export function ignoredHints(body: ChatCompletionRequest, isForAgent: boolean): readonly string[] {
  const hints = isForAgent ? AGENT_DECIDES : HINTS;
  return hints.filter((hint) => body[hint] !== undefined && body[hint] !== null);
}

/**
 * Refuses what would change the form of the answer and cannot be given: silence would be a wrong answer.
 *
 * @throws {GatewayError} With code `unsupported`.
 */
export function checkSupported(body: ChatCompletionRequest): void {
  if ((body.n ?? 1) > 1) throw unsupported("n", "one answer is given to each request");
  if (body.logprobs) throw unsupported("logprobs", "probabilities are not passed on");
  const format = body.response_format?.type ?? "text";
  if (format !== "text") throw unsupported("response_format", `"${format}" is not passed on`);
  const choice = body.tool_choice ?? "auto";
  if (choice === "auto" || choice === "none") return;
  throw unsupported("tool_choice", "a model cannot be forced to call a tool");
}

/** Says a request in the words of a provider. */
export function toChatRequest(model: string, body: ChatCompletionRequest): ChatRequest {
  const start = body.messages.findIndex(({ role }) => role !== "system" && role !== "developer");
  const head = start === -1 ? body.messages : body.messages.slice(0, start);
  const tail = start === -1 ? [] : body.messages.slice(start);
  const isWithTools = body.tools && body.tools.length > 0 && body.tool_choice !== "none";
  return {
    model,
    messages: toMessages(tail),
    options: toOptions(body),
    ...(head.length > 0 && { systemPrompt: head.map(textOf).join("\n\n") }),
    ...(isWithTools && { tools: toTools(body) }),
  };
}

/** The text of a message, its parts put together. */
export function textOf({ content }: ChatCompletionMessage): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part.text).join("");
}

function toMessages(messages: readonly ChatCompletionMessage[]): readonly ChatMessage[] {
  const toolNames = new Map<string, string>();
  return messages.map((message, index): ChatMessage => {
    const content = textOf(message);
    switch (message.role) {
      case "system":
      case "developer":
        return { role: "system", content };
      case "user":
        return { role: "user", content };
      case "assistant":
        return { role: "assistant", content, ...toToolCalls(message.tool_calls, toolNames) };
      case "tool":
        return { role: "tool", content, ...toolResult(message.tool_call_id, toolNames, index) };
    }
  });
}

type WireToolCalls = Extract<ChatCompletionMessage, { role: "assistant" }>["tool_calls"];

function toToolCalls(
  calls: WireToolCalls,
  toolNames: Map<string, string>,
): Pick<ChatMessage, "toolCalls"> {
  if (calls === undefined || calls.length === 0) return {};
  for (const call of calls) toolNames.set(call.id, call.function.name);
  return { toolCalls: calls.map(({ id, function: called }) => ({ id, ...called })) };
}

function toolResult(
  toolCallId: string,
  toolNames: ReadonlyMap<string, string>,
  index: number,
): Pick<ChatMessage, "toolCallId" | "toolName"> {
  const toolName = toolNames.get(toolCallId);
  if (toolName !== undefined) return { toolCallId, toolName };
  const message = `Cannot accept message ${index}: it answers a tool call that nobody made`;
  const issues = [{ path: `messages[${index}].tool_call_id`, message: "No message has this call" }];
  throw new GatewayError("invalid_request", message, { issues });
}

function toTools(body: ChatCompletionRequest): readonly ToolDefinition[] {
  return (body.tools ?? []).map(({ function: { name, description, parameters } }) => ({
    name,
    description: description ?? "",
    inputSchema: parameters ?? { type: "object", properties: {} },
  }));
}

function toOptions(body: ChatCompletionRequest): ChatOptions {
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  const stop = body.stop ?? undefined;
  return {
    temperature: body.temperature ?? undefined,
    maxTokens,
    stopSequences: typeof stop === "string" ? [stop] : stop,
    stream: body.stream ?? false,
  };
}

function unsupported(field: string, why: string): GatewayError {
  return new GatewayError("unsupported", `Cannot do what "${field}" asks for: ${why}`, {
    issues: [{ path: field, message: "Not supported" }],
  });
}
