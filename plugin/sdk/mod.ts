// SPDX-License-Identifier: Apache-2.0

/**
 * For authors of plugins: the types of what a plugin's main module exports. Nothing runs.
 *
 * A plugin is one file with a default export, and a `plugin.yaml` beside it that names what it may
 * touch. `@sigil/plugin/testing` runs it in a test.
 *
 * @example A tool
 * ```ts
 * import type { ToolPlugin } from "@sigil/plugin/sdk";
 *
 * const plugin = {
 *   type: "tool",
 *   tools: {
 *     add: {
 *       description: "Adds two numbers",
 *       input: {
 *         type: "object",
 *         properties: { left: { type: "number" }, right: { type: "number" } },
 *         required: ["left", "right"],
 *       },
 *       execute: (input: { left: number; right: number }) => String(input.left + input.right),
 *     },
 *   },
 * } satisfies ToolPlugin;
 * // A main module ends with: export default plugin;
 * console.log(plugin.tools.add.execute({ left: 1, right: 2 })); // 3
 * ```
 *
 * @module
 */

export * from "./channel_plugin.ts";
export * from "./host_client.ts";
export * from "./json.ts";
export * from "./plugin.ts";
export * from "./provider_plugin.ts";
export * from "./tool_plugin.ts";
