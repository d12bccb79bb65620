// SPDX-License-Identifier: Apache-2.0

/**
 * The promises of every store contract as tests, for whoever writes a backend.
 *
 * Call them at the top of a test file: each registers its cases with `Deno.test`. They need whatever
 * permissions the backend needs, and none of their own.
 *
 * @module
 */

export type { ConformanceOptions } from "./_suite.ts";
export { testGatewayStore } from "./gateway_store.ts";
export { testKnowledgeStore } from "./knowledge_store.ts";
export { testMessageStore } from "./message_store.ts";
export { testSessionStore } from "./session_store.ts";
export { testSummaryStore } from "./summary_store.ts";
export { testVectorStore } from "./vector_store.ts";
