// SPDX-License-Identifier: Apache-2.0

import { type Config, loadConfig } from "@sigil/config";
import { join } from "node:path";
import { findRunning } from "../data_directory.ts";
import type { Logger } from "../logger.ts";
import type { ConfigFile } from "../plugins/config_file.ts";
import { loadOrMakeToken } from "../token.ts";
import { GatewayClient } from "./gateway_client.ts";

/** The options that every command has. */
export interface GlobalOptions {
  /** The configuration file. */
  readonly config?: string | undefined;
  /** The data directory. */
  readonly data?: string | undefined;
}

/** Loads the configuration that a command works with. */
export async function loadCommandConfig(
  { config, data }: GlobalOptions,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<Config> {
  return await loadConfig({ path: config, flags: { "storage.directory": data, ...flags } });
}

/** The configuration file of who names none. */
export const DEFAULT_FILE = "./sigil.yaml";

/** Gives the configuration file that a command works with, which may be missing. */
export function configFileOf(
  options: GlobalOptions,
  flags: Readonly<Record<string, unknown>> = {},
): ConfigFile {
  return {
    path: options.config ?? DEFAULT_FILE,
    load: () => loadCommandConfig(options, flags),
  };
}

/** Options of {@linkcode connect}. */
export interface ConnectOptions {
  /**
   * Whether plugins run in a gateway that is opened in this process.
   *
   * @default {false}
   */
  readonly runPlugins?: boolean | undefined;
  /** Told what happens in such a gateway; silent when absent. */
  readonly logger?: Logger | undefined;
}

/**
 * Connects to the gateway that holds the data directory, or opens one in this process when none does.
 *
 * The stores belong to whoever holds the directory: two writers would each see half.
 */
export async function connect(
  options: GlobalOptions,
  connectOptions: ConnectOptions = {},
): Promise<GatewayClient> {
  const config = await loadCommandConfig(options);
  const running = await findRunning(config.storage.directory);
  if (running === undefined) return await openInProcess(config, options, connectOptions);
  const token = config.auth.token?.reveal() ??
    await loadOrMakeToken(join(config.storage.directory, "token"));
  return new GatewayClient(running.url, (path, init) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token}`);
    return fetch(running.url + path, { ...init, headers });
  });
}

async function openInProcess(
  config: Config,
  options: GlobalOptions,
  { runPlugins = false, logger }: ConnectOptions,
): Promise<GatewayClient> {
  // Loaded here alone: a command that asks a running gateway has no need of stores and providers.
  const { openGateway } = await import("../open_gateway.ts");
  const gateway = await openGateway(config, {
    listen: false,
    runPlugins,
    logger,
    configFile: configFileOf(options),
  });
  return new GatewayClient(undefined, gateway.fetch, () => gateway.close());
}
