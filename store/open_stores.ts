// SPDX-License-Identifier: Apache-2.0

import type { MemoryStore } from "./memory_store.ts";
import type { SessionStore } from "./session_store.ts";
import type { VectorStore } from "./vector_store.ts";

/** The stores of one workspace. */
export interface WorkspaceStores extends AsyncDisposable {
  /** Sessions and their active windows. */
  readonly sessions: SessionStore;
  /** Searchable messages, summaries and knowledge. */
  readonly memory: MemoryStore;
  /** Embeddings. */
  readonly vectors: VectorStore;
  /** Closes every store. Calling it again does nothing. */
  close(): Promise<void>;
}
