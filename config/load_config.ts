// SPDX-License-Identifier: Apache-2.0

import { buildConfig } from "./_build.ts";
import type { Config } from "./config.ts";
import { PATH_VARIABLE } from "./_environment.ts";
import { ConfigError } from "./errors.ts";
import { unwrap } from "./parse_config.ts";
import { readConfigFile } from "./_read_file.ts";

/** The file that is read when none is named. */
export const DEFAULT_CONFIG_PATH = "./sigil.yaml";

/** Options of {@linkcode loadConfig}. */
export interface LoadOptions {
  /**
   * The file, which must be there. Without one, or with an empty text, it is the one that the variable
   * `SIGIL_CONFIG` names, which must be there as well, and else `./sigil.yaml` if there is one.
   */
  readonly path?: string | undefined;
  /**
   * Variables.
   *
   * @default {Deno.env.toObject()}
   */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Values by dotted path, such as `{ "networking.listen": "127.0.0.1:0" }`; undefined sets nothing. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Loads the config: flags before `SIGIL_` variables before the file before defaults.
 *
 * `SIGIL_NETWORKING_LISTEN` sets `networking.listen`, `SIGIL_PROVIDERS_OPENAI_API_KEY` sets
 * `providers.openai.api_key`, and so on; `SIGIL_TOKEN` is short for `SIGIL_AUTH_TOKEN`. Lists are texts
 * with commas between, or JSON; mappings are JSON. `ANTHROPIC_API_KEY`, `OPENAI_API_KEY`,
 * `GEMINI_API_KEY` (or `GOOGLE_GENERATIVE_AI_API_KEY`) and `OPENROUTER_API_KEY` become the keys of
 * providers that have none, and add the provider where it is not configured.
 *
 * Whether values fit each other is for {@linkcode validateConfig} to say.
 *
 * Requires `--allow-read` for the file and, unless `env` is given, `--allow-env`.
 *
 * @throws {ConfigError} With code `not_found`, `unreadable`, or `invalid` and every issue at once.
 * @throws {TypeError} When a flag is no path.
 *
 * @example Usage
 * ```ts
 * import { assertValidConfig, loadConfig } from "@sigil/config";
 *
 * const config = await loadConfig({
 *   env: { SIGIL_SESSIONS_MEMORY_ACTIVE_WINDOW: "40" },
 *   flags: { "networking.listen": "127.0.0.1:0" },
 * });
 * assertValidConfig(config);
 * console.assert(config.sessions.memory.active_window === 40);
 * ```
 */
export async function loadConfig(options: LoadOptions = {}): Promise<Config> {
  const env = options.env ?? Deno.env.toObject();
  const { path, text } = await readSource(options.path || env[PATH_VARIABLE]);
  const built = buildConfig({ text, path, env, flags: options.flags, useEnvironment: true });
  return unwrap(built, path);
}

interface Source {
  readonly path?: string;
  readonly text?: string;
}

async function readSource(path: string | undefined): Promise<Source> {
  if (path) return { path, text: await readConfigFile(path) };
  try {
    return { path: DEFAULT_CONFIG_PATH, text: await readConfigFile(DEFAULT_CONFIG_PATH) };
  } catch (error) {
    if (error instanceof ConfigError && error.code === "not_found") return {};
    throw error;
  }
}
