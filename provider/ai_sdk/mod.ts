// SPDX-License-Identifier: Apache-2.0

/**
 * The models of Anthropic, OpenAI, Google, OpenRouter, Ollama and of every endpoint that speaks
 * OpenAI's format, behind one contract.
 *
 * OpenAI's chat format is read by a client of our own, for all that speak it. The formats of Anthropic,
 * Google and OpenAI's newer interface are kept by the provider packages of the AI SDK; each is loaded
 * when it is used first.
 *
 * @example Usage
 * ```ts
 * import { createRouter } from "@sigil/provider";
 * import { discoverProviders, openProvider } from "@sigil/provider/ai_sdk";
 * import { openLocalProvider } from "@sigil/provider/local";
 *
 * const found = await discoverProviders({ OPENAI_API_KEY: "undefined" }, { ollamaUrl: false });
 * await using router = createRouter({
 *   providers: [openLocalProvider(), ...found.map(openProvider)],
 *   default: "local/recall",
 * });
 * ```
 *
 * @module
 */

export * from "./discover_providers.ts";
export * from "./open_provider.ts";
