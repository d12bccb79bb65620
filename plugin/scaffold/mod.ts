// SPDX-License-Identifier: Apache-2.0

/**
 * Writes new plugins that work, each with a test, for authors to start from.
 *
 * @module
 */

export * from "./scaffold_plugin.ts";
export type { ScaffoldType } from "./_templates.ts";
