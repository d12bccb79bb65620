// SPDX-License-Identifier: Apache-2.0

/**
 * Plugins that can touch only what their manifest names.
 *
 * @module
 */

export * from "./tool.ts";
