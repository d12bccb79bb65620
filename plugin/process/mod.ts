// SPDX-License-Identifier: Apache-2.0

/**
 * Plugins as processes: how one is started, spoken to, walled in and ended.
 *
 * @module
 */

export * from "./detect_layers.ts";
export * from "./plugin_process.ts";
export * from "./spawn_plugin.ts";
export * from "./wrap_command.ts";
