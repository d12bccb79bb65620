// SPDX-License-Identifier: Apache-2.0

import type { ChatMessage, ChatRequest, ResponseFormat, ToolCall, ToolChoice } from "../chat.ts";
import { parseToolArguments, systemText } from "../conversation.ts";

/** A request in OpenAI's words: what is undefined is left out when it is written as JSON. */
export type ChatBody = Readonly<Record<string, unknown>>;

/** Writes a request as endpoints that speak OpenAI's chat format read it. */
export function toChatBody(request: ChatRequest): ChatBody {
  const { model, options = {}, tools = [] } = request;
  const { stopSequences = [], toolChoice, responseFormat, stream = true } = options;
  return {
    model,
    max_tokens: options.maxTokens,
    temperature: options.temperature,
    top_p: options.topP,
    frequency_penalty: options.frequencyPenalty,
    presence_penalty: options.presencePenalty,
    response_format: responseFormat && toResponseFormat(responseFormat),
    stop: stopSequences.length === 0 ? undefined : stopSequences,
    seed: options.seed,
    messages: toMessages(request),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema: parameters }) => ({
        type: "function",
        function: { name, description, parameters },
      })),
      tool_choice: toolChoice && toToolChoice(toolChoice),
    }),
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
  };
}

function toToolChoice(choice: ToolChoice): unknown {
  if (typeof choice === "string") return choice;
  return { type: "function", function: { name: choice.toolName } };
}

function toResponseFormat(format: ResponseFormat): unknown {
  if (format.type === "text") return undefined;
  const { schema, name = "response" } = format;
  if (schema === undefined) return { type: "json_object" };
  return { type: "json_schema", json_schema: { schema, strict: true, name } };
}

/** All system messages go first, as one. */
function toMessages(request: ChatRequest): readonly unknown[] {
  const system = systemText(request);
  const messages = request.messages.flatMap(toMessage);
  return system === "" ? messages : [{ role: "system", content: system }, ...messages];
}

function toMessage({ role, content, toolCalls = [], toolCallId = "" }: ChatMessage): unknown {
  switch (role) {
    case "system":
      return [];
    case "user":
      return { role, content };
    case "tool":
      return { role, tool_call_id: toolCallId, content };
    case "assistant":
      if (toolCalls.length === 0) return content === "" ? [] : { role, content };
      return { role, content: content || null, tool_calls: toolCalls.map(toWireCall) };
  }
}

function toWireCall({ id, name, arguments: text }: ToolCall): unknown {
  return {
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(parseToolArguments(text)) },
  };
}
