// SPDX-License-Identifier: Apache-2.0

/**
 * One contract for every language model, and a router that fails over and keeps to budgets.
 *
 * @module
 */

export * from "./chat.ts";
export * from "./errors.ts";
export * from "./provider.ts";
export * from "./router.ts";
