// SPDX-License-Identifier: Apache-2.0

import type { Message, MessageInitShape } from "@bufbuild/protobuf";
import { Role } from "@sigil/proto/common/v1";
import {
  type ChatEvent,
  type ChatOptionsSchema,
  type ChatRequestSchema,
  Provider,
} from "@sigil/proto/plugin/v1/provider";
import type {
  ProviderChatEvent,
  ProviderChatRequest,
  ProviderMessage,
} from "../sdk/provider_plugin.ts";
import type { RemotePlugin } from "./_remote_plugin.ts";
import type { PluginCallOptions } from "./plugin_process.ts";
import type { PluginProvider } from "./plugin_provider.ts";

const { listModels, status } = Provider.method;

const ROLES = {
  user: Role.USER,
  assistant: Role.ASSISTANT,
  system: Role.SYSTEM,
  tool: Role.TOOL,
} as const satisfies Record<ProviderMessage["role"], Role>;

/** Makes calls of the Provider service. */
export function remoteProvider(remote: RemotePlugin): PluginProvider {
  return {
    async listModels(options) {
      const { models } = await remote.unary(listModels, {}, options);
      return models.map(({ id, name, capabilities }) => {
        return { id, name, capabilities: capabilities && plain(capabilities) };
      });
    },
    chat: (request, options) => chat(remote, request, options),
    async status(options) {
      const { available, message } = await remote.unary(status, {}, options);
      return { available, message };
    },
  };
}

async function* chat(
  remote: RemotePlugin,
  request: ProviderChatRequest,
  options?: PluginCallOptions,
): AsyncGenerator<ProviderChatEvent, void, undefined> {
  for await (
    const { event } of remote.stream(Provider.method.chat, wireRequest(request), options)
  ) {
    const told = chatEvent(event);
    if (told === undefined) continue;
    yield told;
    if (told.type === "done" || told.type === "error") return;
  }
  yield { type: "done" };
}

function chatEvent(event: ChatEvent["event"]): ProviderChatEvent | undefined {
  switch (event.case) {
    case "textDelta":
      return { type: "text_delta", text: event.value.text };
    case "toolCall":
      return { type: "tool_call", toolCall: plain(event.value) };
    case "usage":
      return { type: "usage", usage: plain(event.value) };
    case "done":
      return { type: "done" };
    case "error":
      return { type: "error", message: event.value };
    default:
      return undefined;
  }
}

/** Without what marks it as a message of the wire. */
function plain<T extends Message>({ $typeName: _, ...fields }: T): Omit<T, "$typeName"> {
  return fields;
}

function wireRequest(request: ProviderChatRequest): MessageInitShape<typeof ChatRequestSchema> {
  const { model, systemPrompt } = request;
  return {
    model,
    systemPrompt,
    messages: request.messages.map((message) => ({
      role: ROLES[message.role],
      content: message.content,
      toolCallId: message.toolCallId,
      toolName: message.toolName,
      metadata: { ...message.metadata },
    })),
    tools: request.tools.map(({ name, description, inputSchema }) => {
      return { name, description, inputSchema };
    }),
    options: wireOptions(request),
  };
}

function wireOptions(request: ProviderChatRequest): MessageInitShape<typeof ChatOptionsSchema> {
  const { temperature, maxTokens, stopSequences, stream } = request;
  return {
    ...temperature === undefined ? {} : { temperature },
    ...maxTokens === undefined ? {} : { maxTokens },
    stopSequences: [...stopSequences],
    stream,
  };
}
