// SPDX-License-Identifier: Apache-2.0

import type { PluginError } from "../errors.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { PluginChannel } from "./plugin_channel.ts";
import type { PluginProvider } from "./plugin_provider.ts";
import type { PluginTools } from "./plugin_tools.ts";

/** Options of a call to a plugin. */
export interface PluginCallOptions {
  /** How long the call may take, in milliseconds; the process's own limit when absent. */
  readonly timeoutMs?: number | undefined;
  /** When it aborts, the call is cancelled in the plugin and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How a plugin says that it is. */
export interface PluginHealth {
  /** In a word; a plugin that says none counts as `unhealthy`. */
  readonly status: "healthy" | "degraded" | "unhealthy";
  /** In a sentence for people. */
  readonly message: string;
}

/** How a process ended. */
export interface PluginExit {
  /** The exit code; 128 and the signal's number when a signal ended it. */
  readonly code: number;
  /** The signal that ended it, such as `SIGKILL`, if any. */
  readonly signal: string | undefined;
  /** Why it ended; `undefined` when it was stopped as asked. */
  readonly error: PluginError | undefined;
}

/** Options of {@linkcode PluginProcess.stop}. */
export interface StopPluginOptions {
  /**
   * How long the plugin may take to answer Shutdown and end by itself, in milliseconds. After that
   * comes SIGTERM, and a second later SIGKILL.
   *
   * @default {5000}
   */
  readonly graceMs?: number | undefined;
}

/**
 * A plugin that runs in a process of its own.
 *
 * Every call rejects, or its loop throws, with the signal's reason or a {@linkcode PluginError}:
 *
 * - `timeout`: the deadline passed.
 * - `protocol`: the plugin broke the protocol, which ends its process.
 * - `crashed`: the process ended while the call was under way, or before.
 * - `failed`: the plugin answered with an error.
 * - `closed`: the process was stopped as asked.
 * - `unsupported`: the plugin is of another type, and has no such method.
 *
 * A request over 16 MB is a RangeError.
 */
export interface PluginProcess extends AsyncDisposable {
  /** The plugin's name. */
  readonly plugin: string;
  /** The id of the process, or of the wrapper around it. */
  readonly pid: number;
  /** Its tools, if it is a tool plugin. */
  readonly tools: PluginTools;
  /** Its platform, if it is a channel plugin. */
  readonly channel: PluginChannel;
  /** Its models, if it is a provider plugin. */
  readonly provider: PluginProvider;
  /**
   * Resolves once, when the process is gone, and never rejects. By then every call in flight has
   * been rejected with the error of the exit.
   */
  readonly exited: Promise<PluginExit>;
  /**
   * Hands over the configuration, once, before anything but {@linkcode PluginProcess.health}.
   *
   * @throws {PluginError} With code `failed` when the plugin refuses it, and those of every call.
   */
  init(config: JsonObject, options?: PluginCallOptions): Promise<void>;
  /**
   * Asks the plugin how it is.
   *
   * @throws {PluginError} With the codes of every call.
   */
  health(options?: PluginCallOptions): Promise<PluginHealth>;
  /**
   * Asks the plugin to finish, and ends it if it does not. Safe to call again.
   *
   * New calls reject at once; those in flight may finish within the grace time.
   */
  stop(options?: StopPluginOptions): Promise<PluginExit>;
  /** Ends the process at once, with SIGKILL. */
  kill(): void;
}

/** Takes what happens, in constant words with fields. */
export interface PluginLogger {
  /** For those who look for a fault. */
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** What is as it should be. */
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** What should be looked at. */
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** What failed. */
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A message that a plugin wants sent. */
export interface PluginOutboundMessage {
  /** The channel, such as `telegram`. */
  readonly channel: string;
  /** The conversation in it. */
  readonly channelId: string;
  /** The text. */
  readonly content: string;
}

/**
 * What a plugin may ask of the gateway. Each method is called on behalf of that one plugin; what it
 * may not do is refused with a {@linkcode PluginError} with code `denied`.
 */
export interface PluginHost {
  /** Gives a value of the plugin's own store; `undefined` when it has none. */
  kvGet(key: string, options: PluginHostCallOptions): Promise<Uint8Array | undefined>;
  /** Keeps a value in the plugin's own store. */
  kvSet(key: string, value: Uint8Array, options: PluginHostCallOptions): Promise<void>;
  /** Removes a value from the plugin's own store; tells whether there was one. */
  kvDelete(key: string, options: PluginHostCallOptions): Promise<boolean>;
  /** Lists the keys of the plugin's own store that start with `prefix`, sorted. */
  kvList(prefix: string, options: PluginHostCallOptions): Promise<readonly string[]>;
  /** Gives the plugin's own section of the configuration. */
  getConfig(options: PluginHostCallOptions): Promise<JsonObject>;
  /** Sends a message; gives the platform's name for it. */
  sendMessage(message: PluginOutboundMessage, options: PluginHostCallOptions): Promise<string>;
}

/** Options of every method of a {@linkcode PluginHost}. */
export interface PluginHostCallOptions {
  /** Aborts when the plugin no longer waits for the answer. */
  readonly signal: AbortSignal;
}

/** What of the machine a wrapped plugin may see, beside Deno itself and its own folders. */
export interface PluginSandbox {
  /** The layers to use, of those that `detectLayers()` found. */
  readonly layers: readonly SandboxLayer[];
  /** Absolute paths that it may read. */
  readonly readPaths?: readonly string[] | undefined;
  /** Absolute paths that it may read and write. */
  readonly writePaths?: readonly string[] | undefined;
  /**
   * Whether it has a network.
   *
   * @default {false}
   */
  readonly network?: boolean | undefined;
  /** How much memory it may use, in bytes; no limit when absent. */
  readonly memoryBytes?: number | undefined;
}

/**
 * A way of the machine to hold a process.
 *
 * - `bwrap`: namespaces of its own for files, processes, users and network.
 * - `pdeathsig`: the process ends when the gateway does.
 * - `prlimit`: a limit on memory.
 */
export type SandboxLayer = "bwrap" | "pdeathsig" | "prlimit";

/** How to start a plugin. */
export interface SpawnPluginOptions {
  /** The plugin's name, for errors and logs. */
  readonly plugin: string;
  /**
   * The absolute path of its main module. One that ends with `.wasm` is a WebAssembly module, which
   * brings tools and takes no permission at all.
   */
  readonly main: string;
  /**
   * What it may do, as flags of `deno run`, such as `--allow-read=/plugins/hello`. Without one for
   * the plugin's own folder, its main module cannot be loaded. The flags that every plugin gets are
   * added.
   */
  readonly permissionFlags: readonly string[];
  /** The absolute path of a DENO_DIR that no other plugin has; made when it is missing. */
  readonly denoDirectory: string;
  /**
   * The absolute path of the folder that the process starts in, where its relative paths begin;
   * `denoDirectory` when absent. It must be there. To be in it allows nothing.
   */
  readonly cwd?: string | undefined;
  /** Further walls around the process; none when absent. */
  readonly sandbox?: PluginSandbox | undefined;
  /** Answers what the plugin asks of the gateway; everything is refused when absent. */
  readonly host?: PluginHost | undefined;
  /** Takes each line that the plugin writes to stderr, at the rate that `stderrBytesPerSecond` allows. */
  readonly onStderr?: ((line: string) => void) | undefined;
  /**
   * How much of stderr is given to `onStderr`; the rest is dropped, and counted in a line of its own.
   *
   * @default {65536}
   */
  readonly stderrBytesPerSecond?: number | undefined;
  /** Silent when absent. */
  readonly logger?: PluginLogger | undefined;
  /**
   * How long the first Health may take, in milliseconds.
   *
   * @default {10000}
   */
  readonly startTimeoutMs?: number | undefined;
  /**
   * How long a call may take that has no limit of its own, in milliseconds; 0 is no limit. A stream
   * has none.
   *
   * @default {30000}
   */
  readonly callTimeoutMs?: number | undefined;
  /** When it aborts before the first Health, the process is ended. */
  readonly signal?: AbortSignal | undefined;
}

/** Starts a plugin and waits for its first Health: the shape of `spawnPlugin()`. */
export type SpawnPlugin = (options: SpawnPluginOptions) => Promise<PluginProcess>;
