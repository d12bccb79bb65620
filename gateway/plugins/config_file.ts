// SPDX-License-Identifier: Apache-2.0

import {
  assertValidConfig,
  type Config,
  ConfigError,
  parseConfig,
  updateConfigText,
} from "@sigil/config";
import { GatewayError } from "../errors.ts";
import { readIfThere, writeWhole } from "../whole_file.ts";

/** The configuration file of a gateway, for what people change through the gateway itself. */
export interface ConfigFile {
  /** Where it is. It may be missing, and is then made. */
  readonly path: string;
  /** Loads the configuration anew, with the flags that the gateway was started with. */
  load(): Promise<Config>;
}

/**
 * Enables or disables a plugin in a configuration file. Comments stay.
 *
 * The new file takes the place of the old one as a whole, so that nobody reads half of it. A file that
 * would not be valid is not written.
 *
 * Requires `--allow-read` for the file, `--allow-write` for it and for its name with `.new`, and
 * `--allow-env` for the variables that it names.
 *
 * @returns What makes the file as it was; where it was changed since, only the word is changed back.
 * @throws {GatewayError} With code `plugin_failed`.
 */
export async function writePluginEnabled(
  path: string,
  plugin: string,
  enabled: boolean,
): Promise<() => Promise<void>> {
  try {
    const text = await readIfThere(path);
    const updated = updateConfigText(text, `plugins.${plugin}.enabled`, enabled, { path });
    if (updated === text) return async () => {};
    assertValidConfig(parseConfig(updated, { path, env: Deno.env.toObject() }));
    const wasThere = await replaceFile(path, updated);
    return async () => {
      if (await readIfThere(path) !== updated) await writePluginEnabled(path, plugin, !enabled);
      else if (wasThere) await replaceFile(path, text);
      else await Deno.remove(path);
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot ${enabled ? "enable" : "disable"} plugin "${plugin}": ${
      cause instanceof ConfigError ? why : `"${path}" cannot be changed: ${why}`
    }`;
    const nextStep = `Set plugins.${plugin}.enabled to ${enabled} in that file by hand`;
    throw new GatewayError("plugin_failed", message, { nextStep, cause });
  }
}

/** Tells whether there was such a file. */
async function replaceFile(path: string, text: string): Promise<boolean> {
  const info = await Deno.stat(path).catch(() => undefined);
  await writeWhole(path, text, (info?.mode ?? 0o600) & 0o777);
  return info !== undefined;
}
