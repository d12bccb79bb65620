// SPDX-License-Identifier: Apache-2.0

import type { ConfigObject, ConfigValue } from "./config.ts";
import { isFilled } from "./_origin.ts";
import { REDACTED, Secret } from "./secret.ts";

/** A value without secrets, which may be shown and sent. */
export type RedactedValue =
  | string
  | number
  | boolean
  | null
  | readonly RedactedValue[]
  | RedactedConfig;

/** A config, or a part of one, without secrets. */
export interface RedactedConfig {
  /** Any key. */
  readonly [key: string]: RedactedValue;
}

/**
 * Copies a config, or a part of one, with `[redacted]` in the place of every secret.
 *
 * Secrets are all that the schema calls so, whatever came from the environment by `${NAME}`, and the
 * values of keys in a plugin's config that are called like one, such as `api_key`. The mark is refused
 * when a config is read, so that it is never taken for the secret.
 *
 * @example Usage
 * ```ts
 * import { parseConfig, redactConfig } from "@sigil/config";
 *
 * const config = parseConfig("auth:\n  token: s3cr3t\n");
 * console.assert(JSON.stringify(redactConfig(config).auth) === '{"token":"[redacted]"}');
 * ```
 */
export function redactConfig(config: object): RedactedConfig {
  const entries = Object.entries(config)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, isFilled(config, key) ? REDACTED : redactValue(value)] as const);
  return Object.fromEntries(entries);
}

function redactValue(value: unknown): RedactedValue {
  if (value instanceof Secret) return REDACTED;
  if (Array.isArray(value)) {
    return value.map((item, i) => isFilled(value, String(i)) ? REDACTED : redactValue(item));
  }
  if (typeof value === "object" && value !== null) return redactConfig(value);
  return typeof value === "number" || typeof value === "boolean" || value === null
    ? value
    : String(value);
}

/** A value of a plugin's config with every secret revealed. */
export type RevealedValue =
  | string
  | number
  | boolean
  | null
  | readonly RevealedValue[]
  | RevealedConfig;

/** A plugin's config with every secret revealed. */
export interface RevealedConfig {
  /** Any key. */
  readonly [key: string]: RevealedValue;
}

/**
 * Copies a plugin's config with every secret revealed, to be handed to the plugin and kept nowhere.
 *
 * @example Usage
 * ```ts
 * import { makeConfig, revealSecrets } from "@sigil/config";
 *
 * const { plugins } = makeConfig({ plugins: { chat: { config: { bot_token: "s3cr3t" } } } });
 * const config = plugins.chat?.config ?? {};
 * console.assert(JSON.stringify(config) === '{"bot_token":"[redacted]"}');
 * console.assert(revealSecrets(config).bot_token === "s3cr3t");
 * ```
 */
export function revealSecrets(config: ConfigObject): RevealedConfig {
  const entries = Object.entries(config).map(([key, value]) => [key, revealValue(value)] as const);
  return Object.fromEntries(entries);
}

function revealValue(value: ConfigValue): RevealedValue {
  if (value instanceof Secret) return value.reveal();
  if (typeof value !== "object" || value === null) return value;
  return isList(value) ? value.map(revealValue) : revealSecrets(value);
}

// Array.isArray() does not narrow a readonly list out of a union.
function isList(value: readonly ConfigValue[] | ConfigObject): value is readonly ConfigValue[] {
  return Array.isArray(value);
}
