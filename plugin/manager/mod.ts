// SPDX-License-Identifier: Apache-2.0

/**
 * Finds, starts, watches, replaces and stops plugins.
 *
 * {@linkcode openPluginManager} starts those that are enabled and gives what they bring: tools for the
 * agent, channels for people, providers of models. A plugin that fails fails alone.
 *
 * @module
 */

export type { ManagerTiming } from "./_context.ts";
export type { PluginLogLine } from "./_log_ring.ts";
export * from "./open_plugin_manager.ts";
export type { ManagedChannel } from "./managed_channel.ts";
export type { ManagedProvider } from "./managed_provider.ts";
export * from "./plugin_manager.ts";
export * from "./plugin_settings.ts";
export type { RestartSettings } from "./_restart_policy.ts";
