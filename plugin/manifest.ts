// SPDX-License-Identifier: Apache-2.0

/** Every {@linkcode PluginType}. */
export const PLUGIN_TYPES = ["provider", "channel", "tool", "skill"] as const;

/**
 * What a plugin brings.
 *
 * - `provider`: language models.
 * - `channel`: a way for people to talk to the agents.
 * - `tool`: something that the agents can do.
 * - `skill`: instructions for the agents. It has no code of its own.
 */
export type PluginType = typeof PLUGIN_TYPES[number];

/** Every {@linkcode ExecutionTier}. */
export const EXECUTION_TIERS = ["wasm", "process", "container"] as const;

/**
 * How a plugin is kept apart from everything else.
 *
 * - `wasm`: a WebAssembly module inside a subprocess without any permission.
 * - `process`: a Deno subprocess that has the permissions of its manifest and no others.
 * - `container`: a container of podman or docker.
 */
export type ExecutionTier = typeof EXECUTION_TIERS[number];

/** Something that a plugin asks to do, or renounces. */
export interface Capability {
  /** What, as {@linkcode parseCapability} reads it, such as `messages.send.telegram` or `tool.*`. */
  readonly pattern: string;
  /** Why, for the person who decides. */
  readonly description?: string | undefined;
}

/**
 * Which paths a plugin reaches beyond its own folder, which it can always read.
 *
 * A path is absolute, or relative to the folder that the gateway keeps for the plugin's data; `.` is
 * that folder. `${config.<key>}` as the whole entry stands for the absolute path, or the list of
 * them, in the plugin's configuration.
 */
export interface FilesystemConfig {
  /** Files and folders that it can read. */
  readonly read_allow?: readonly string[] | undefined;
  /** Files and folders that it can read and write. */
  readonly write_allow?: readonly string[] | undefined;
  /** Files and folders that it can neither read nor write, whatever else says so. */
  readonly read_deny?: readonly string[] | undefined;
}

/** Which hosts a plugin reaches. */
export interface NetworkConfig {
  /**
   * Hosts, each as `host:port`: a name, an IPv4 address or an IPv6 address in brackets.
   * `${config.<key>}` as the whole entry stands for the host, the URL, or the list of them, in the
   * plugin's configuration.
   */
  readonly allow?: readonly string[] | undefined;
  /** Whether all of it goes through the gateway's proxy, and nothing past it. */
  readonly proxy?: boolean | undefined;
}

/** What a plugin of the process tier reaches. What is not named is refused. */
export interface SandboxConfig {
  /** Paths. */
  readonly filesystem?: FilesystemConfig | undefined;
  /** Hosts. */
  readonly network?: NetworkConfig | undefined;
}

/** How a plugin is run. */
export interface ExecutionConfig {
  /** How it is kept apart. */
  readonly tier: ExecutionTier;
  /** The file that is run, relative to the plugin's folder; see {@linkcode mainModule}. */
  readonly main?: string | undefined;
  /** What it reaches. */
  readonly sandbox?: SandboxConfig | undefined;
  /** The image to run; needed by the container tier and by it alone. */
  readonly image?: string | undefined;
  /** The network to join, in the container tier; `none` when absent. */
  readonly network?: string | undefined;
  /** How much memory it may use, such as `256MB`; see {@linkcode parseSize}. */
  readonly memory_limit?: string | undefined;
}

/** How a plugin is started, stopped and replaced. */
export interface LifecycleConfig {
  /** Whether it is started anew when its files change. */
  readonly hot_reload?: boolean | undefined;
  /** How long it may take to stop, such as `5s`; see {@linkcode parseDuration}. */
  readonly graceful_shutdown_timeout?: string | undefined;
}

/** A folder that outlives the plugin's process. Only the container tier mounts it. */
export interface VolumeConfig {
  /** Its name. */
  readonly name: string;
  /** Where the plugin finds it: an absolute path. */
  readonly mount: string;
  /** How much it may hold, such as `1GB`; a plugin that exceeds it is ended some seconds later. */
  readonly size_limit?: string | undefined;
  /** Whether it outlives the removal of the plugin. */
  readonly persist?: boolean | undefined;
}

/** A collection of memories that a plugin keeps. */
export interface CollectionConfig {
  /** Its name. */
  readonly name: string;
  /** The model that turns its entries into vectors. */
  readonly embedding_model?: string | undefined;
  /** How many entries it may hold. */
  readonly max_entries?: number | undefined;
}

/** What a plugin keeps in memory. */
export interface MemoryConfig {
  /** Its collections. */
  readonly collections?: readonly CollectionConfig[] | undefined;
}

/** What a plugin keeps. */
export interface StorageConfig {
  /** Whether it has a key-value store of its own. */
  readonly kv?: boolean | undefined;
  /** Folders of its own. */
  readonly volumes?: readonly VolumeConfig[] | undefined;
  /** Memories of its own. */
  readonly memory?: MemoryConfig | undefined;
}

/**
 * What a plugin is, what it asks for and how it is run: the content of its `plugin.yaml`.
 *
 * The fields keep the spelling of the file.
 */
export interface Manifest {
  /** Lowercase letters, digits and dashes; at most 32. */
  readonly name: string;
  /** Its semantic version. */
  readonly version: string;
  /** What it brings. */
  readonly type: PluginType;
  /** The versions of Sigil that it runs on, as a range of semantic versions. */
  readonly engine: string;
  /** Its licence, as an SPDX expression. */
  readonly license?: string | undefined;
  /** What it asks to do. Without any, it can do nothing but answer. */
  readonly capabilities: readonly Capability[];
  /** What it must not do, even where a capability would allow it. */
  readonly deny_capabilities?: readonly Capability[] | undefined;
  /** How it is run. */
  readonly execution: ExecutionConfig;
  /** What its configuration looks like, as a JSON Schema. */
  readonly config_schema?: Readonly<Record<string, unknown>> | undefined;
  /** The plugins that it needs, each with a range of versions. */
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
  /** How it is started, stopped and replaced. */
  readonly lifecycle?: LifecycleConfig | undefined;
  /** What it keeps. */
  readonly storage?: StorageConfig | undefined;
}

/**
 * Tells which file of a plugin is run, relative to its folder: `execution.main`, else `plugin.wasm`
 * in the wasm tier and `plugin.ts` in every other.
 *
 * @example Usage
 * ```ts
 * import { mainModule, parseManifest } from "@sigil/plugin";
 *
 * const manifest = parseManifest("{ name: echo, version: 1.0.0, type: tool, engine: '>=0.1.0' }");
 * mainModule(manifest); // "plugin.ts"
 * ```
 */
export function mainModule(manifest: Pick<Manifest, "execution">): string {
  const { main, tier } = manifest.execution;
  return main ?? (tier === "wasm" ? "plugin.wasm" : "plugin.ts");
}
