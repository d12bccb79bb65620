// SPDX-License-Identifier: Apache-2.0

import type { ProviderChatRequest, ProviderMessage } from "@sigil/plugin/sdk";

/** A request to a model, with what a test changes of it. */
export function chatRequest(changes: Partial<ProviderChatRequest> = {}): ProviderChatRequest {
  return {
    model: "small",
    messages: [message({ role: "user", content: "Hello" })],
    tools: [],
    systemPrompt: "",
    temperature: undefined,
    maxTokens: undefined,
    stopSequences: [],
    stream: true,
    ...changes,
  };
}

/** A message, with what a test changes of it. */
export function message(changes: Partial<ProviderMessage>): ProviderMessage {
  return { role: "user", content: "", toolCallId: "", toolName: "", metadata: {}, ...changes };
}
