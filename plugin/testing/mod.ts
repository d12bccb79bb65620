// SPDX-License-Identifier: Apache-2.0

/**
 * For authors of plugins: runs a plugin within a test, over the protocol that the gateway speaks.
 *
 * @example A test of a tool
 * ```ts
 * import { testPlugin } from "@sigil/plugin/testing";
 *
 * await using tested = await testPlugin({
 *   type: "tool",
 *   tools: {
 *     now: { description: "Tells the year", input: { type: "object" }, execute: () => "2026" },
 *   },
 * });
 * console.log(await tested.execute("now")); // 2026
 * ```
 *
 * @module
 */

export type { ToolChunk, ToolDefinition } from "../tool.ts";
export type { PluginChannel } from "../process/plugin_channel.ts";
export type {
  PluginCallOptions,
  PluginHealth,
  PluginHost,
  PluginHostCallOptions,
  PluginOutboundMessage,
} from "../process/plugin_process.ts";
export type { PluginProvider } from "../process/plugin_provider.ts";
export type { PluginToolCall, PluginTools } from "../process/plugin_tools.ts";
export type * from "../sdk/mod.ts";
export * from "./memory_host.ts";
export * from "./test_plugin.ts";
