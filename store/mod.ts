// SPDX-License-Identifier: Apache-2.0

/**
 * Durable memory for agents: sessions, searchable messages, summaries, a knowledge graph and vectors.
 *
 * This entry holds the contracts and the factory; importing it opens no driver. The backends are
 * `@sigil/store/sqlite` and `@sigil/store/inmem`; `@sigil/store/conformance` tests another.
 *
 * @module
 */

export * from "./audit_store.ts";
export * from "./errors.ts";
export * from "./gateway_store.ts";
export * from "./knowledge_store.ts";
export * from "./logger.ts";
export * from "./memory_store.ts";
export * from "./message.ts";
export * from "./message_store.ts";
export * from "./open_stores.ts";
export * from "./options.ts";
export * from "./pairing_store.ts";
export * from "./session_store.ts";
export * from "./storage_config.ts";
export * from "./summary_store.ts";
export * from "./user_store.ts";
export * from "./vector_store.ts";
