// SPDX-License-Identifier: Apache-2.0

/**
 * The configuration of a gateway: flags, `SIGIL_` variables, `sigil.yaml` and defaults, checked and
 * made into one frozen object that keeps its secrets.
 *
 * Every issue is found at once, and each tells its code, path, line and column. The objects have the
 * keys of the file as they are.
 *
 * Permissions:
 * - all that reads YAML: `--allow-env=LOG_TOKENS,LOG_STREAM`, which the YAML library looks at;
 * - {@linkcode loadConfig}: `--allow-read` for the file, and all of `--allow-env` unless `env` is given;
 * - {@linkcode watchConfig}: the same, with `--allow-read` for the folder;
 * - {@linkcode makeConfig}, {@linkcode validateConfig}, {@linkcode redactConfig} and
 *   {@linkcode configJsonSchema}: none.
 *
 * @example Usage
 * ```ts
 * import { assertValidConfig, loadConfig, redactConfig } from "@sigil/config";
 *
 * const config = await loadConfig({ flags: { "sessions.memory.active_window": 40 }, env: {} });
 * assertValidConfig(config);
 * console.assert(config.sessions.memory.active_window === 40);
 * console.assert(JSON.stringify(redactConfig(config)).includes("127.0.0.1:18789"));
 * ```
 *
 * @module
 */

export * from "./config.ts";
export { configJsonSchema } from "./config_json_schema.ts";
export {
  ConfigError,
  type ConfigErrorCode,
  type ConfigErrorOptions,
  type ConfigIssue,
  type ConfigIssueCode,
  formatIssue,
} from "./errors.ts";
export * from "./listen_address.ts";
export * from "./load_config.ts";
export { makeConfig, parseConfig, type ParseOptions } from "./parse_config.ts";
export * from "./redact_config.ts";
export { REDACTED, Secret } from "./secret.ts";
export * from "./update_config_text.ts";
export * from "./validate_config.ts";
export * from "./watch_config.ts";
