// SPDX-License-Identifier: Apache-2.0

import { type Config, type PluginConfig, revealSecrets } from "@sigil/config";
import type { PluginsConfig, PluginSettings } from "@sigil/plugin/manager";
import { resolve } from "node:path";

/** Gives the folder of plugins: `plugins` in the data directory. */
export function pluginsDirectory({ storage }: Config): string {
  return resolve(storage.directory, "plugins");
}

/** Gives the folder in which each plugin has one of its own: `plugin-data` in the data directory. */
export function pluginDataDirectory({ storage }: Config): string {
  return resolve(storage.directory, "plugin-data");
}

/**
 * Gives the section `plugins` of a configuration as the manager of plugins takes it.
 *
 * The secrets are in it: it is for the manager, and kept nowhere else.
 */
export function toPluginsConfig({ plugins }: Config): PluginsConfig {
  const entries = Object.entries(plugins).map(([name, plugin]) => [name, toSettings(plugin)]);
  return Object.fromEntries(entries);
}

/** The same settings with nothing enabled: for who only looks at plugins. */
export function noneEnabled(settings: PluginsConfig): PluginsConfig {
  const entries = Object.entries(settings).map(([name, each]) => [name, {
    ...each,
    enabled: false,
  }]);
  return Object.fromEntries(entries);
}

function toSettings({ enabled, path, config }: PluginConfig): PluginSettings {
  return {
    enabled,
    path: path === undefined ? undefined : resolve(path),
    config: revealSecrets(config),
  };
}
