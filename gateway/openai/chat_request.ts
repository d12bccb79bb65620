// SPDX-License-Identifier: Apache-2.0

import type { EarlierMessage } from "@sigil/agent";
import type {
  ChatMessage,
  ChatOptions,
  ChatRequest,
  ResponseFormat,
  ToolChoice,
  ToolDefinition,
} from "@sigil/provider";
import { GatewayError } from "../errors.ts";
import type { ChatCompletionMessage, ChatCompletionRequest } from "./schemas.ts";

/**
 * Fields that shape how a model works, and that Sigil's contract has no place for. An answer without
 * them is still an answer to the question, so they are named in a header instead of refused.
 */
const HINTS = ["logit_bias", "parallel_tool_calls", "reasoning_effort"] as const;

/** The agent brings its own tools; it also has its own instructions. */
const AGENT_DECIDES = [...HINTS, "tools"] as const;

/** Fields that ask for another form of answer than there is, and why there is none. */
const REFUSED = [
  ["logprobs", "probabilities are not passed on"],
  ["functions", "functions are offered in tools"],
  ["function_call", "a function is chosen with tool_choice"],
  ["audio", "answers are text"],
] as const;

/** Names what a request asks for and does not get. */
export function ignoredHints(body: ChatCompletionRequest, isForAgent: boolean): readonly string[] {
  const hints = isForAgent ? AGENT_DECIDES : HINTS;
  const ignored: string[] = hints.filter((hint) => body[hint] !== undefined && body[hint] !== null);
  const isInstructed = body.messages.some(({ role }) => role === "system" || role === "developer");
  if (isForAgent && isInstructed) ignored.push("system messages");
  return ignored;
}

/**
 * Refuses what would change the form of the answer and cannot be given: silence would be a wrong answer.
 *
 * @throws {GatewayError} With code `unsupported`, or `invalid_request` when a tool must be called that
 *   is not offered.
 */
export function checkSupported(body: ChatCompletionRequest, isForAgent: boolean): void {
  if ((body.n ?? 1) > 1) throw unsupported("n", "one answer is given to each request");
  for (const [field, why] of REFUSED) if (body[field]) throw unsupported(field, why);
  const choice = toToolChoice(body.tool_choice);
  if (choice === undefined || choice === "auto" || choice === "none") return;
  if (isForAgent) throw unsupported("tool_choice", "the agent chooses among its own tools");
  const offered = (body.tools ?? []).map(({ function: { name } }) => name);
  const isThere = choice === "required" ? offered.length > 0 : offered.includes(choice.toolName);
  if (!isThere) throw notOffered();
}

/** Says a request in the words of a provider. */
export function toChatRequest(model: string, body: ChatCompletionRequest): ChatRequest {
  const start = body.messages.findIndex(({ role }) => role !== "system" && role !== "developer");
  const head = start === -1 ? body.messages : body.messages.slice(0, start);
  const tail = start === -1 ? [] : body.messages.slice(start);
  const isWithTools = body.tools && body.tools.length > 0;
  return {
    model,
    messages: toMessages(tail),
    options: { ...toOptions(body), ...toolChoiceOf(body), stream: body.stream ?? false },
    ...(head.length > 0 && { systemPrompt: head.map(textOf).join("\n\n") }),
    ...(isWithTools && { tools: toTools(body) }),
  };
}

/** The text of a message, its parts put together. */
export function textOf({ content }: ChatCompletionMessage): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part.text).join("");
}

/**
 * Gives the words that a client says were said before the last message, for a session that holds none
 * of them. What tools gave elsewhere, and instructions, are not among them.
 */
export function toHistory({ messages }: ChatCompletionRequest): readonly EarlierMessage[] {
  return messages.slice(0, -1).flatMap((message) => {
    const { role } = message;
    return role === "user" || role === "assistant" ? [{ role, content: textOf(message) }] : [];
  });
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

/** Says how to answer in the words of a provider. */
export function toOptions(body: ChatCompletionRequest): ChatOptions {
  const { stop, max_completion_tokens, max_tokens } = body;
  const maxTokens = max_completion_tokens ?? max_tokens;
  const responseFormat = toResponseFormat(body.response_format);
  return {
    ...(isGiven(body.temperature) && { temperature: body.temperature }),
    ...(isGiven(body.top_p) && { topP: body.top_p }),
    ...(isGiven(body.frequency_penalty) && { frequencyPenalty: body.frequency_penalty }),
    ...(isGiven(body.presence_penalty) && { presencePenalty: body.presence_penalty }),
    ...(isGiven(body.seed) && { seed: body.seed }),
    ...(isGiven(maxTokens) && { maxTokens }),
    ...(isGiven(stop) && { stopSequences: typeof stop === "string" ? [stop] : stop }),
    ...(responseFormat && { responseFormat }),
  };
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function toResponseFormat(
  format: ChatCompletionRequest["response_format"],
): ResponseFormat | undefined {
  switch (format?.type) {
    case undefined:
    case "text":
      return undefined;
    case "json_object":
      return { type: "json" };
    case "json_schema":
      return { type: "json", name: format.json_schema.name, schema: format.json_schema.schema };
  }
}

/** Models that are offered no tools need not be told which to choose. */
function toolChoiceOf({ tools, tool_choice }: ChatCompletionRequest): ChatOptions {
  const toolChoice = toToolChoice(tool_choice);
  return !tools || tools.length === 0 || toolChoice === undefined ? {} : { toolChoice };
}

function toToolChoice(choice: ChatCompletionRequest["tool_choice"]): ToolChoice | undefined {
  if (choice === null || choice === undefined || typeof choice === "string") {
    return choice ?? undefined;
  }
  return { toolName: choice.function.name };
}

function notOffered(): GatewayError {
  const message = "Cannot have a tool called: it is not among the tools of the request";
  const issues = [{ path: "tool_choice", message: "Not among the tools" }];
  return new GatewayError("invalid_request", message, { issues });
}

function unsupported(field: string, why: string): GatewayError {
  return new GatewayError("unsupported", `Cannot do what "${field}" asks for: ${why}`, {
    issues: [{ path: field, message: "Not supported" }],
  });
}
