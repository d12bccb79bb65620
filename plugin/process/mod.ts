// SPDX-License-Identifier: Apache-2.0

/**
 * Plugins as processes: how one is started, spoken to, walled in and ended.
 *
 * @module
 */

export * from "../errors.ts";
export type * from "../sdk/mod.ts";
export type { ToolChunk, ToolDefinition } from "../tool.ts";
export { detectEngines, type EngineStatus } from "./container_engine.ts";
export * from "./detect_layers.ts";
export * from "./plugin_channel.ts";
export * from "./plugin_process.ts";
export * from "./plugin_provider.ts";
export * from "./plugin_tools.ts";
export * from "./spawn_container.ts";
export * from "./spawn_plugin.ts";
export * from "./wrap_command.ts";
