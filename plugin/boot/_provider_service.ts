// SPDX-License-Identifier: Apache-2.0

import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Message, Role, type UsageSchema } from "@sigil/proto/common/v1";
import { type ChatEventSchema, type ChatRequest, Provider } from "@sigil/proto/plugin/v1/provider";
import { wholeModel } from "../_whole_model.ts";
import type {
  CallContext,
  ProviderChatEvent,
  ProviderChatRequest,
  ProviderMessage,
  ProviderPlugin,
  ProviderUsage,
} from "../sdk/mod.ts";
import { type AnswerSender, type ServedService, service } from "../transport/serve_services.ts";
import type { ContextMaker } from "./_context.ts";
import { errorText } from "./_error_text.ts";

type WireEvent = MessageInitShape<typeof ChatEventSchema>;

/** Answers the Provider service with a plugin. */
export function providerService(
  plugin: ProviderPlugin,
  makeContext: ContextMaker,
): ServedService {
  return service(Provider, {
    async listModels(_request, context) {
      const models = await plugin.listModels(makeContext(context));
      return { models: models.map((model) => wholeModel(model, plugin.name)) };
    },
    chat: (request, context) => (answers) => {
      return chat(plugin, request, makeContext(context), answers);
    },
    async status(_request, context) {
      const status = await plugin.status?.(makeContext(context)) ?? { available: true };
      return { provider: plugin.name, available: status.available, message: status.message ?? "" };
    },
  });
}

async function chat(
  plugin: ProviderPlugin,
  request: ChatRequest,
  context: CallContext,
  answers: AnswerSender<WireEvent>,
): Promise<void> {
  try {
    for await (const event of plugin.chat(chatRequest(request), context)) {
      const last = event.type === "done" || event.type === "error";
      if (last) return await answers.finish(wireEvent(event));
      const sent = answers.send(wireEvent(event));
      if (sent !== undefined) await sent;
      if (answers.closed) return;
    }
    await answers.finish(wireEvent({ type: "done" }));
  } catch (error) {
    await answers.finish(wireEvent({ type: "error", message: errorText(error) }));
  }
}

function wireEvent(event: ProviderChatEvent): WireEvent {
  switch (event.type) {
    case "text_delta":
      return { event: { case: "textDelta", value: { text: event.text } } };
    case "tool_call":
      return { event: { case: "toolCall", value: { ...event.toolCall } } };
    case "usage":
      return { event: { case: "usage", value: usage(event.usage) } };
    case "done":
      return { event: { case: "done", value: true } };
    case "error":
      return { event: { case: "error", value: event.message } };
  }
}

function usage(used: ProviderUsage): MessageInitShape<typeof UsageSchema> {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = used;
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
}

function chatRequest(request: ChatRequest): ProviderChatRequest {
  const { model, systemPrompt, options } = request;
  return {
    model,
    systemPrompt,
    messages: request.messages.map(providerMessage),
    tools: request.tools.map(({ name, description, inputSchema }) => {
      return { name, description, inputSchema: inputSchema ?? {} };
    }),
    temperature: options?.temperature,
    maxTokens: options?.maxTokens,
    stopSequences: options?.stopSequences ?? [],
    stream: options?.stream ?? true,
  };
}

function providerMessage(message: Message): ProviderMessage {
  const { content, toolCallId, toolName, metadata } = message;
  return { role: roleWord(message.role), content, toolCallId, toolName, metadata };
}

function roleWord(role: Role): ProviderMessage["role"] {
  switch (role) {
    case Role.USER:
      return "user";
    case Role.ASSISTANT:
      return "assistant";
    case Role.SYSTEM:
      return "system";
    case Role.TOOL:
      return "tool";
    default:
      throw new Error("A message does not say who speaks");
  }
}
