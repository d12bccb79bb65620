// SPDX-License-Identifier: Apache-2.0

/**
 * Answers people, one turn at a time in each session, and remembers what was said: routing, lanes, the
 * turn, memory tools and compaction.
 *
 * Importing it opens nothing; stores, providers and tools are handed in. Requires no permission.
 *
 * @example Usage
 * ```ts
 * import { memoryTools, openAgent } from "@sigil/agent";
 * import { createRouter } from "@sigil/provider";
 * import { openLocalProvider } from "@sigil/provider/local";
 * import { openGatewayStore, openWorkspaceStores } from "@sigil/store";
 *
 * await using gateway = await openGatewayStore({ backend: "inmem" }, "unused");
 * await using stores = await openWorkspaceStores({ backend: "inmem" }, "unused");
 * await using router = createRouter({
 *   providers: [openLocalProvider()],
 *   default: "local/recall",
 * });
 * const openWorkspace = async () => stores;
 * const tools = memoryTools({ openWorkspace });
 * await using agent = openAgent({
 *   openWorkspace,
 *   router,
 *   audit: gateway.auditLog,
 *   tools: () => tools,
 * });
 * const request = { workspaceId: "home", userId: "ann", sessionId: "s1", content: "Hello" };
 * for await (const event of agent.turn(request)) {
 *   if (event.type === "text_delta") console.log(event.text);
 * }
 * ```
 *
 * @module
 */

export * from "./account_of.ts";
export * from "./errors.ts";
export * from "./is_brought.ts";
export * from "./is_memory_result.ts";
export * from "./lanes.ts";
export * from "./logger.ts";
export * from "./memory_tools.ts";
export * from "./open_agent.ts";
export * from "./options.ts";
export * from "./route_message.ts";
export * from "./turn.ts";
