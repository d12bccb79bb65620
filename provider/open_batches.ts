// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent, ChatRequest } from "./chat.ts";
import type { ModelCallOptions, Provider } from "./provider.ts";

/**
 * Asks a model for its events in the groups in which they come, or one by one where its provider
 * knows no groups. No group is empty.
 *
 * @example Usage
 * ```ts
 * import { openBatches } from "@sigil/provider";
 * import { openLocalProvider } from "@sigil/provider/local";
 *
 * await using provider = openLocalProvider();
 * const messages = [{ role: "user", content: "Hello" }] as const;
 * for await (const events of openBatches(provider, { model: "recall", messages })) {
 *   for (const event of events) if (event.type === "text_delta") console.log(event.text);
 * }
 * ```
 */
export function openBatches(
  provider: Pick<Provider, "chat" | "chatBatches">,
  request: ChatRequest,
  options?: ModelCallOptions,
): AsyncIterable<readonly ChatEvent[]> {
  return provider.chatBatches?.(request, options) ?? oneByOne(provider.chat(request, options));
}

async function* oneByOne(events: AsyncIterable<ChatEvent>): AsyncGenerator<readonly ChatEvent[]> {
  for await (const event of events) yield [event];
}
