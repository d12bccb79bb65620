// SPDX-License-Identifier: Apache-2.0

import type { KnowledgeStore } from "../knowledge_store.ts";
import type { MemoryStore } from "../memory_store.ts";
import { openMessageStore } from "./message_store.ts";
import { openSummaryStore } from "./summary_store.ts";

/**
 * Opens a memory whose messages and summaries are forgotten when it is closed. Requires no permission.
 *
 * @param knowledge The third part of the memory; closing the memory closes it.
 *
 * @example Usage
 * ```ts
 * import { openKnowledgeStore, openMemoryStore } from "@sigil/store/inmem";
 *
 * await using memory = await openMemoryStore(await openKnowledgeStore());
 * ```
 */
export async function openMemoryStore(knowledge: KnowledgeStore): Promise<MemoryStore> {
  const [messages, summaries] = [await openMessageStore(), await openSummaryStore()];
  const close = async () => {
    await Promise.all([messages.close(), summaries.close(), knowledge.close()]);
  };
  return { messages, summaries, knowledge, close, [Symbol.asyncDispose]: close };
}
