// SPDX-License-Identifier: Apache-2.0

/**
 * The agent: routing, lanes, the turn, memory tools and compaction.
 *
 * @module
 */

export * from "./turn.ts";
