// SPDX-License-Identifier: Apache-2.0

/**
 * The services that a plugin answers, PluginLifecycle and one of Tool, Channel and Provider, and the
 * one that the gateway answers to it, Host.
 *
 * @module
 */

export * from "./channel_pb.ts";
export * from "./host_pb.ts";
export * from "./lifecycle_pb.ts";
export * from "./provider_pb.ts";
export * from "./tool_pb.ts";
