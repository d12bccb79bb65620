// SPDX-License-Identifier: Apache-2.0

/**
 * One contract for every language model, and a router that fails over and keeps to budgets.
 *
 * Importing it loads no vendor's package: those are behind `@sigil/provider/ai_sdk`. A model that needs
 * nothing is `@sigil/provider/local`.
 *
 * @example Usage
 * ```ts
 * import { BudgetLedger, createRouter } from "@sigil/provider";
 * import { openLocalProvider } from "@sigil/provider/local";
 *
 * await using router = createRouter({
 *   providers: [openLocalProvider()],
 *   default: "local/recall",
 *   budget: new BudgetLedger({ limits: { session: { tokens: 100_000 }, usdPerDay: 5 } }),
 * });
 * const { provider, model } = await router.route("home", "");
 * const messages = [{ role: "user", content: "Hello" }] as const;
 * for await (const event of provider.chat({ model, messages }, { sessionId: "s1" })) {
 *   if (event.type === "text_delta") console.log(event.text);
 * }
 * ```
 *
 * @module
 */

export * from "./budget.ts";
export * from "./chat.ts";
export * from "./create_router.ts";
export * from "./errors.ts";
export * from "./logger.ts";
export * from "./prices.ts";
export * from "./open_batches.ts";
export * from "./provider.ts";
export * from "./router.ts";
export * from "./tokens.ts";
