// SPDX-License-Identifier: Apache-2.0

/** What the person who runs the gateway has set for one plugin. */
export interface PluginSettings {
  /** Whether it is started. */
  readonly enabled: boolean;
  /** Its folder, an absolute path; the one of that name in the folder of plugins when absent. */
  readonly path?: string | undefined;
  /** What it is told, in the form that its manifest asks for. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** The hash that its files must have; any will do when absent. */
  readonly hash?: string | undefined;
}

/** The settings of plugins, by name. A plugin without any is not started. */
export type PluginsConfig = Readonly<Record<string, PluginSettings>>;
