// SPDX-License-Identifier: Apache-2.0

/**
 * Plugins for those who speak Connect: any protobuf service of a plugin, with interceptors if need be.
 *
 * @module
 */

export * from "./connect_transport.ts";
