// SPDX-License-Identifier: Apache-2.0

/**
 * The in-memory backend: keeps the same promises as the others until it is closed. For tests and trials.
 *
 * Requires no permission.
 *
 * @module
 */

export { openGatewayStore } from "./gateway_store.ts";
export { openKnowledgeStore } from "./knowledge_store.ts";
export { openMemoryStore } from "./memory_store.ts";
export { openMessageStore } from "./message_store.ts";
export { openSessionStore } from "./session_store.ts";
export { openSummaryStore } from "./summary_store.ts";
export { openVectorStore } from "./vector_store.ts";
