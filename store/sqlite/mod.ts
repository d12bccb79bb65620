// SPDX-License-Identifier: Apache-2.0

/**
 * The SQLite backend: one file for each store, written in groups and safe against the death of the process.
 *
 * @module
 */

export type { DatabaseOptions } from "./_database.ts";
export { openGatewayStore } from "./gateway_store.ts";
export { openKnowledgeStore } from "./knowledge_store.ts";
export { openMemoryStore } from "./memory_store.ts";
export { openMessageStore } from "./message_store.ts";
export { openSessionStore } from "./session_store.ts";
export { openSummaryStore } from "./summary_store.ts";
export { openVectorStore, type VectorStoreOptions } from "./vector_store.ts";
