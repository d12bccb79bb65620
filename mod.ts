// SPDX-License-Identifier: Apache-2.0

/**
 * A gateway between people and AI agents: config, stores, providers and the agent put together, and
 * reached over HTTP.
 *
 * Requires `--allow-read` and `--allow-write` for `storage.directory`, `--allow-net` for the address to
 * listen on and for the hosts of the providers, and `--allow-env` for what the providers' packages look
 * at (`ANTHROPIC_BASE_URL`, `OPENAI_BASE_URL`). Plugins, once any is enabled, take `--allow-run` as well.
 *
 * @example Usage
 * ```ts
 * import { makeConfig } from "@sigil/config";
 * import { openGateway } from "@sigil/gateway";
 *
 * const config = makeConfig({ storage: { backend: "inmem", directory: await Deno.makeTempDir() } });
 * await using gateway = await openGateway(config, { listen: false, ollamaUrl: false });
 * const response = await gateway.fetch("/v1/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({ model: "sigil", messages: [{ role: "user", content: "Hello" }] }),
 * });
 * const { choices } = await response.json();
 * console.assert(choices[0].message.role === "assistant");
 * ```
 *
 * @module
 */

export * from "./gateway/clock.ts";
export { GatewayError, type GatewayErrorCode, type GatewayErrorOptions } from "./gateway/errors.ts";
export type { RequestIssue } from "./gateway/errors.ts";
export type { Limits } from "./gateway/limits.ts";
export * from "./gateway/logger.ts";
export * from "./gateway/open_gateway.ts";
export type { Rate } from "./gateway/rate_limiter.ts";
export type { ConfigFile } from "./gateway/plugins/config_file.ts";
