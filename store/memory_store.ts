// SPDX-License-Identifier: Apache-2.0

import type { KnowledgeStore } from "./knowledge_store.ts";
import type { MessageStore } from "./message_store.ts";
import type { SummaryStore } from "./summary_store.ts";

/** The long memory of a workspace. Each part can be kept by another backend. */
export interface MemoryStore extends AsyncDisposable {
  /** What was said, searchable. */
  readonly messages: MessageStore;
  /** What was said, in short. */
  readonly summaries: SummaryStore;
  /** What is known. */
  readonly knowledge: KnowledgeStore;
  /** Closes every part. Calling it again does nothing. */
  close(): Promise<void>;
}
