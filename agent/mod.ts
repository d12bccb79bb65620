// SPDX-License-Identifier: Apache-2.0

/**
 * The agent: routing, lanes, the turn, memory tools and compaction.
 *
 * @module
 */

export * from "./errors.ts";
export * from "./lanes.ts";
export * from "./logger.ts";
export * from "./memory_tools.ts";
export * from "./open_agent.ts";
export * from "./options.ts";
export * from "./route_message.ts";
export * from "./turn.ts";
