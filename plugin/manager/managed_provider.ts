// SPDX-License-Identifier: Apache-2.0

import type {
  CallOptions,
  ChatEvent,
  ChatMessage,
  ChatRequest,
  FinishReason,
  Provider,
  ProviderErrorCode,
  ProviderStatus,
} from "@sigil/provider";
import { wholeModel } from "../_whole_model.ts";
import { PluginError, type PluginErrorCode } from "../errors.ts";
import type {
  ProviderChatEvent,
  ProviderChatRequest,
  ProviderMessage,
} from "../sdk/provider_plugin.ts";
import { askOnce, type CallHost } from "./_ask_once.ts";

/**
 * A source of models, brought by a plugin; its name is the plugin's.
 *
 * A call waits while the plugin is replaced, and fails while it does not run: `listModels()` then
 * rejects with a {@linkcode PluginError}. Closing it does nothing, since the manager owns the plugin.
 */
export type ManagedProvider = Provider;

/** How the failures of a process look to a router. What is not listed is `unavailable`. */
const CODES: Partial<Record<PluginErrorCode, ProviderErrorCode>> = {
  timeout: "network",
  protocol: "invalid_response",
};

/** Makes a provider of a plugin that brings models. */
export function manageProvider(host: CallHost): ManagedProvider {
  return {
    name: host.name,
    status: (options) => status(host, options),
    available: async (options) => (await status(host, options)).available,
    listModels: async (options) => {
      const models = await askOnce(host, options, ({ provider }) => provider.listModels(options));
      return models.map((model) => wholeModel(model, host.name));
    },
    chat: (request, options) => chat(host, request, options),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

async function status(host: CallHost, options: CallOptions = {}): Promise<ProviderStatus> {
  const { name } = host;
  try {
    const { available, message = "" } = await askOnce(
      host,
      options,
      ({ provider }) => provider.status(options),
    );
    return { available, provider: name, message };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { available: false, provider: name, message: messageOf(error) };
  }
}

async function* chat(
  host: CallHost,
  request: ChatRequest,
  options: CallOptions = {},
): AsyncGenerator<ChatEvent> {
  const { signal = new AbortController().signal } = options;
  let finishReason: FinishReason = "stop";
  try {
    const events = host.call(signal, ({ provider }) => provider.chat(toWire(request), { signal }));
    for await (const event of events) {
      if (event.type === "tool_call") finishReason = "tool_calls";
      yield toEvent(event, finishReason);
    }
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof PluginError ? CODES[error.code] : undefined;
    yield { type: "error", code: code ?? "unavailable", message: messageOf(error) };
  }
}

function toEvent(event: ProviderChatEvent, finishReason: FinishReason): ChatEvent {
  switch (event.type) {
    case "text_delta":
      return { type: "text_delta", text: event.text };
    case "tool_call": {
      const { id, name, arguments: text } = event.toolCall;
      return { type: "tool_call", toolCall: { id, name, arguments: text } };
    }
    case "usage": {
      const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = event.usage;
      const usage = { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
      return { type: "usage", usage };
    }
    case "done":
      return { type: "done", finishReason };
    case "error":
      return { type: "error", code: "unavailable", message: event.message };
  }
}

function toWire(request: ChatRequest): ProviderChatRequest {
  const { model, messages, tools = [], systemPrompt = "", options = {} } = request;
  const { temperature, maxTokens, stopSequences = [], stream = true } = options;
  return {
    model,
    systemPrompt,
    messages: messages.map(toWireMessage),
    tools: tools.map(({ name, description, inputSchema }) => {
      return { name, description, inputSchema: JSON.parse(JSON.stringify(inputSchema)) };
    }),
    temperature,
    maxTokens,
    stopSequences,
    stream,
  };
}

function toWireMessage(message: ChatMessage): ProviderMessage {
  const { role, content, toolCallId = "", toolName = "", toolCalls } = message;
  const metadata = toolCalls === undefined ? {} : { tool_calls: JSON.stringify(toolCalls) };
  return { role, content, toolCallId, toolName, metadata };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
