// SPDX-License-Identifier: Apache-2.0

import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4ToolChoice,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider";
import type {
  ChatMessage,
  ChatOptions,
  ChatRequest,
  ResponseFormat,
  ToolChoice,
  ToolDefinition,
} from "../chat.ts";
import { parseToolArguments, systemText } from "../conversation.ts";

/** A JSON Schema is data here: the vendor checks it. */
type JsonSchema = LanguageModelV4FunctionTool["inputSchema"];
type AssistantMessage = Extract<LanguageModelV4Message, { role: "assistant" }>;

/** Writes a request as the AI SDK's models read it. */
export function toCallOptions(request: ChatRequest): LanguageModelV4CallOptions {
  const { options = {}, tools = [] } = request;
  return {
    prompt: toPrompt(request),
    ...toSettings(options),
    ...(tools.length === 0 ? {} : { tools: tools.map(toFunctionTool) }),
    ...(tools.length === 0 || options.toolChoice === undefined
      ? {}
      : { toolChoice: toToolChoice(options.toolChoice) }),
    ...(options.responseFormat === undefined
      ? {}
      : { responseFormat: toResponseFormat(options.responseFormat) }),
  };
}

/** An option that is there and undefined is not left out for every package. */
function toSettings(options: ChatOptions): Partial<LanguageModelV4CallOptions> {
  const { stopSequences = [] } = options;
  const settings = {
    temperature: options.temperature,
    topP: options.topP,
    frequencyPenalty: options.frequencyPenalty,
    presencePenalty: options.presencePenalty,
    seed: options.seed,
    maxOutputTokens: options.maxTokens,
    stopSequences: stopSequences.length === 0 ? undefined : [...stopSequences],
  };
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  );
}

function toToolChoice(choice: ToolChoice): LanguageModelV4ToolChoice {
  return typeof choice === "string"
    ? { type: choice }
    : { type: "tool", toolName: choice.toolName };
}

function toResponseFormat(
  format: ResponseFormat,
): NonNullable<LanguageModelV4CallOptions["responseFormat"]> {
  if (format.type === "text") return { type: "text" };
  const { schema, name } = format;
  return {
    type: "json",
    ...(schema === undefined ? {} : { schema: { ...schema } as JsonSchema }),
    ...(name === undefined ? {} : { name }),
  };
}

/** All system messages go first, as one. */
function toPrompt(request: ChatRequest): LanguageModelV4Message[] {
  const system = systemText(request);
  const prompt: LanguageModelV4Message[] = system === ""
    ? []
    : [{ role: "system", content: system }];
  const toolNames = new Map<string, string>();
  for (const message of request.messages) {
    for (const { id, name } of message.toolCalls ?? []) toolNames.set(id, name);
    append(prompt, message, toolNames);
  }
  return prompt;
}

function append(
  prompt: LanguageModelV4Message[],
  message: ChatMessage,
  toolNames: ReadonlyMap<string, string>,
): void {
  switch (message.role) {
    case "system":
      return;
    case "user":
      prompt.push({ role: "user", content: [{ type: "text", text: message.content }] });
      return;
    case "assistant": {
      const content = toAssistantContent(message);
      if (content.length > 0) prompt.push({ role: "assistant", content });
      return;
    }
    case "tool":
      appendToolResult(prompt, toToolResult(message, toolNames));
      return;
    default:
      message.role satisfies never;
  }
}

function toAssistantContent({ content, toolCalls = [] }: ChatMessage): AssistantMessage["content"] {
  const calls = toolCalls.map(({ id, name, arguments: text }) => ({
    type: "tool-call" as const,
    toolCallId: id,
    toolName: name,
    input: parseToolArguments(text),
  }));
  return content === "" ? calls : [{ type: "text", text: content }, ...calls];
}

function toToolResult(
  { content, toolCallId = "", toolName }: ChatMessage,
  toolNames: ReadonlyMap<string, string>,
): LanguageModelV4ToolResultPart {
  return {
    type: "tool-result",
    toolCallId,
    toolName: toolName ?? toolNames.get(toolCallId) ?? "unknown",
    output: { type: "text", value: content },
  };
}

/** Results of one round of calls belong into one message. */
function appendToolResult(
  prompt: LanguageModelV4Message[],
  result: LanguageModelV4ToolResultPart,
): void {
  const last = prompt.at(-1);
  if (last?.role === "tool") last.content.push(result);
  else prompt.push({ role: "tool", content: [result] });
}

function toFunctionTool(tool: ToolDefinition): LanguageModelV4FunctionTool {
  return {
    type: "function",
    name: tool.name,
    description: tool.description,
    inputSchema: { ...tool.inputSchema } as JsonSchema,
  };
}
