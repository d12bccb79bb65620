// SPDX-License-Identifier: Apache-2.0

/**
 * The SQLite backend: one file for each store, written in groups and safe against the death of the process.
 *
 * @module
 */

export type { DatabaseOptions } from "./_database.ts";
export { openSessionStore } from "./session_store.ts";
