// SPDX-License-Identifier: Apache-2.0

import { buildConfig, type Built } from "./_build.ts";
import type { Config, ConfigInput } from "./config.ts";
import { throwInvalid } from "./errors.ts";

/** Options of {@linkcode parseConfig}. */
export interface ParseOptions {
  /** The path of the file, for messages. */
  readonly path?: string | undefined;
  /**
   * Variables for `${NAME}`, and for nothing else.
   *
   * @default {{}}
   */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads a config from the text of a `sigil.yaml` and fills in defaults.
 *
 * The text is YAML 1.2, at most 1 MiB. Whether values fit each other, such as a model and its provider,
 * is for {@linkcode validateConfig} to say.
 *
 * @throws {ConfigError} With code `invalid`, and every issue that could be found at once.
 *
 * @example Usage
 * ```ts
 * import { parseConfig } from "@sigil/config";
 *
 * const config = parseConfig("auth:\n  token: ${MY_TOKEN}\n", { env: { MY_TOKEN: "s3cr3t" } });
 * console.assert(config.auth.token?.reveal() === "s3cr3t");
 * console.assert(config.networking.listen === "127.0.0.1:18789");
 * ```
 */
export function parseConfig(text: string, options: ParseOptions = {}): Config {
  const { path, env = {} } = options;
  return unwrap(buildConfig({ text, path, env }), path);
}

/**
 * Makes a config of an object, with defaults where it says nothing.
 *
 * The object is checked like a file. `${NAME}` means nothing in it.
 *
 * @throws {ConfigError} With code `invalid`, and every issue that could be found at once.
 *
 * @example Usage
 * ```ts
 * import { makeConfig } from "@sigil/config";
 *
 * const config = makeConfig({ storage: { backend: "inmem" }, auth: { token: "s3cr3t" } });
 * console.assert(config.sessions.memory.active_window === 20);
 * ```
 */
export function makeConfig(input: ConfigInput = {}): Config {
  return unwrap(buildConfig({ tree: input, env: {} }), undefined);
}

/** Gives the config that was built, or throws what is wrong with it. */
export function unwrap(built: Built, path: string | undefined): Config {
  return built.status === "valid" ? built.config : throwInvalid(built.issues, path);
}
