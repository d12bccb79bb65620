// SPDX-License-Identifier: Apache-2.0

// @ts-types="@types/semver"
import semver from "semver";
import { normalizePath } from "../_permission_path.ts";
import type { AuditSink } from "../audit_sink.ts";
import { type AccessRules, type Enforcer, manifestRules } from "../enforcer.ts";
import { PluginError } from "../errors.ts";
import { hashPlugin } from "../install/hash_plugin.ts";
import type { Manifest, PluginType } from "../manifest.ts";
import type {
  PluginHostCallOptions,
  PluginLogger,
  PluginOutboundMessage,
  SandboxLayer,
  SpawnPlugin,
} from "../process/plugin_process.ts";
import type { SpawnContainer } from "../process/spawn_container.ts";
import type { Tool } from "../tool.ts";
import type { ManagerContext, ManagerTiming } from "./_context.ts";
import { delay } from "./_delay.ts";
import { type DiscoveredPlugin, discoverPlugins } from "./_discover_plugins.ts";
import { Limiter } from "./_limiter.ts";
import { ManagedPlugin } from "./_managed_plugin.ts";
import { manageChannel, type ManagedChannel } from "./managed_channel.ts";
import { type ManagedProvider, manageProvider } from "./managed_provider.ts";
import type {
  PluginApproval,
  PluginExamination,
  PluginLogOptions,
  PluginManager,
  PluginStatus,
} from "./plugin_manager.ts";
import type { PluginsConfig, PluginSettings } from "./plugin_settings.ts";
import { startOrder } from "./_start_order.ts";
import { watchFolder } from "./_watch_folder.ts";

/** Options of {@linkcode openPluginManager}. */
export interface PluginManagerOptions {
  /** The folder of plugins, an absolute path. It may be missing. */
  readonly directory: string;
  /** Where each plugin has a folder of its own for what it keeps: an absolute path; made when missing. */
  readonly dataDirectory: string;
  /** The settings of plugins. */
  readonly config: PluginsConfig;
  /** Starts a process: `spawnPlugin()` of `@sigil/plugin/process`. */
  readonly spawn: SpawnPlugin;
  /**
   * Starts a container: `spawnContainer()` of `@sigil/plugin/process`. Plugins of the container tier
   * are refused when absent.
   */
  readonly spawnContainer?: SpawnContainer | undefined;
  /** Decides on what plugins ask of the gateway. */
  readonly enforcer: Pick<Enforcer, "enforce">;
  /** Where starts, stops, crashes and failures are recorded. */
  readonly audit: AuditSink;
  /** The version of Sigil, for `engine` of the manifests. */
  readonly engineVersion: string;
  /** Absolute paths that no plugin may reach: the gateway's own data. The two folders above are added. */
  readonly forbidden?: readonly string[] | undefined;
  /** The gateway's proxy, as `host:port`, for plugins with `network.proxy`. */
  readonly proxy?: string | undefined;
  /** How much memory any plugin may use, in bytes; as much as its manifest says when absent. */
  readonly maxMemoryBytes?: number | undefined;
  /** The layers around a process, of those that the machine has; none when absent. */
  readonly layers?: readonly SandboxLayer[] | undefined;
  /** Sends what a plugin wants sent; through the channel plugin of that name when absent. */
  readonly sendMessage?:
    | ((message: PluginOutboundMessage, options: PluginHostCallOptions) => Promise<string>)
    | undefined;
  /** How patient the manager is; see {@linkcode ManagerTiming}. */
  readonly timing?: Partial<ManagerTiming> | undefined;
  /** Silent when absent. */
  readonly logger?: PluginLogger | undefined;
  /** Tells the time; the machine's clock when absent. */
  readonly now?: (() => Date) | undefined;
  /** Waits, and rejects with the signal's reason; by the machine's clock when absent. */
  readonly delay?: ((milliseconds: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/** How many plugins start at a time. */
const STARTS_AT_ONCE = 4;

const TIMING: ManagerTiming = {
  startTimeoutMs: 10_000,
  healthIntervalMs: 30_000,
  callTimeoutMs: 10_000,
  maxFailedChecks: 3,
  drainTimeoutMs: 60_000,
  volumeIntervalMs: 10_000,
  volumeRestMs: 1000,
  settleMs: 200,
  restart: { firstDelayMs: 500, maxDelayMs: 30_000, limit: 5, windowMs: 300_000 },
};

/** What a message that a plugin sends does not have. */
const PLAIN = { threadId: "", media: [], typingIndicator: false, replyToMessageId: "" } as const;

const SILENT: PluginLogger = { debug() {}, info() {}, warn() {}, error() {} };

const DISABLED: PluginSettings = { enabled: false };

/**
 * Finds plugins and starts those that are enabled, each after those that it needs.
 *
 * It resolves once the plugins are found; they start meanwhile, and {@linkcode PluginManager.ready}
 * tells when. A plugin that fails fails alone: its status says why.
 *
 * A plugin that crashes, or cannot start for a reason that may pass, is started again, after half a
 * second at first and twice as long after each further time, up to half a minute; after the fifth time
 * in five minutes it stays down. One whose manifest says `hot_reload` is loaded anew when its files
 * change.
 *
 * Requires read and write of `dataDirectory`, read of the plugins' folders, what `inspectPlugin()`
 * requires, and what `spawn` does.
 *
 * @throws {TypeError} When a folder is not an absolute path, or the version is none.
 * @throws {PluginError} With code `unavailable` when the folder of plugins cannot be read.
 *
 * @example Usage
 * ```ts
 * import { Enforcer } from "@sigil/plugin";
 * import { openPluginManager, type PluginManager } from "@sigil/plugin/manager";
 * import type { SpawnPlugin } from "@sigil/plugin/process";
 *
 * async function openPlugins(spawn: SpawnPlugin): Promise<PluginManager> {
 *   const audit = { append: async () => {} };
 *   const everything = () => ({ allow: ["*"] });
 *   const policy = {
 *     plugin: (name: string) => manager.rules(name),
 *     workspace: everything,
 *     user: everything,
 *   };
 *   const manager: PluginManager = await openPluginManager({
 *     directory: "/srv/sigil/plugins",
 *     dataDirectory: "/srv/sigil/plugin-data",
 *     config: { weather: { enabled: true, config: { unit: "celsius" } } },
 *     spawn,
 *     enforcer: new Enforcer({ audit, policy }),
 *     audit,
 *     engineVersion: "0.1.0",
 *   });
 *   return manager;
 * }
 * ```
 */
export async function openPluginManager(options: PluginManagerOptions): Promise<PluginManager> {
  for (const path of [options.directory, options.dataDirectory]) {
    if (!path.startsWith("/")) {
      throw new TypeError(`Cannot keep plugins in "${path}": not absolute`);
    }
  }
  if (semver.valid(options.engineVersion) === null) {
    throw new TypeError(`Cannot run plugins on "${options.engineVersion}": it is no version`);
  }
  await Deno.mkdir(options.dataDirectory, { recursive: true, mode: 0o700 });
  const { directory, dataDirectory, forbidden = [] } = options;
  const hidden = await withRealPaths([...forbidden, directory, dataDirectory]);
  const manager = new Manager({ ...options, forbidden: hidden });
  await manager.discover(options.config);
  manager.startEnabled();
  return manager;
}

/** What is forbidden under one name is forbidden under that to which its links lead, too. */
async function withRealPaths(paths: readonly string[]): Promise<readonly string[]> {
  const real = await Promise.all(paths.map((path) => Deno.realPath(path).catch(() => path)));
  return [...new Set([...paths, ...real])];
}

/** What it promises is told at {@linkcode PluginManager}. */
class Manager implements PluginManager {
  readonly #options: PluginManagerOptions;
  readonly #context: ManagerContext;
  readonly #directory: string;
  readonly #closing = new AbortController();
  readonly #limiter = new Limiter(STARTS_AT_ONCE);
  readonly #plugins = new Map<string, ManagedPlugin>();
  readonly #watches = new Map<string, AbortController>();
  #starts = new Map<string, Promise<void>>();
  #ready: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(options: PluginManagerOptions) {
    this.#options = options;
    this.#directory = normalizePath(options.directory);
    this.#context = this.#makeContext(options);
  }

  get ready(): Promise<void> {
    return this.#ready;
  }

  list(): readonly PluginStatus[] {
    return [...this.#plugins.values()].map((plugin) => plugin.status())
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }

  get(name: string): PluginStatus {
    return this.#find(name).status();
  }

  manifest(name: string): Manifest | undefined {
    return this.#find(name).manifest;
  }

  rules(name: string): AccessRules | undefined {
    const plugin = this.#plugins.get(name);
    if (plugin?.manifest === undefined || !plugin.settings.enabled) return undefined;
    return plugin.state === "error" ? undefined : manifestRules(plugin.manifest);
  }

  tools(): readonly Tool[] {
    return [...this.#plugins.values()].flatMap((plugin) => plugin.tools);
  }

  channels(): readonly ManagedChannel[] {
    const { delay, signal } = this.#context;
    return this.#enabledOf("channel").map((plugin) => manageChannel(plugin, delay, signal));
  }

  providers(): readonly ManagedProvider[] {
    return this.#enabledOf("provider").map((plugin) => manageProvider(plugin));
  }

  logs(name: string, options: PluginLogOptions = {}): ReturnType<PluginManager["logs"]> {
    return this.#find(name).logs(options.limit ?? 100);
  }

  async examine(name: string): Promise<PluginExamination> {
    return await this.#find(name).examine();
  }

  async approve(name: string, hash?: string): Promise<PluginApproval> {
    this.#checkOpen();
    return await this.#find(name).approve(hash);
  }

  async reload(name: string): Promise<PluginStatus> {
    this.#checkOpen();
    const plugin = this.#find(name);
    if (!plugin.settings.enabled) {
      const message = `Cannot reload plugin "${name}": it is not enabled`;
      throw new PluginError("invalid_state", message, { plugin: name });
    }
    try {
      await plugin.reload();
    } finally {
      this.#watch(plugin);
    }
    return plugin.status();
  }

  async configure(config: PluginsConfig): Promise<void> {
    this.#checkOpen();
    const before = new Map([...this.#plugins].map(([name, { settings }]) => [name, settings]));
    await this.discover(config);
    const isChanged = (plugin: ManagedPlugin) =>
      plugin.state === "running" && plugin.settings.enabled &&
      !isSame(before.get(plugin.name), plugin.settings);
    const changed = [...this.#plugins.values()].filter(isChanged);
    // A plugin whose new settings are refused goes on as it was, and its status says why.
    await Promise.all(changed.map((plugin) => plugin.reload().catch(() => {})));
    this.startEnabled();
    await this.ready;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Takes up plugins that are there, and lets go of those that are gone or no longer enabled. */
  async discover(config: PluginsConfig): Promise<void> {
    const { logger } = this.#context;
    const warn = (message: string) => logger.warn("plugin left out", { message });
    const found = await discoverPlugins(this.#directory, config, warn);
    for (const plugin of this.#plugins.values()) {
      const isGone = found.get(plugin.name)?.directory !== plugin.directory;
      if (isGone || config[plugin.name]?.enabled !== true) await this.#letGo(plugin);
      if (isGone) this.#plugins.delete(plugin.name);
    }
    for (const each of found.values()) this.#takeUp(each, config[each.name] ?? DISABLED);
  }

  /** Starts those that are enabled and do not run, without waiting. */
  startEnabled(): void {
    const plugins = [...this.#plugins.values()].filter(({ settings }) => settings.enabled);
    const { order, circles } = startOrder(plugins.map(({ name, manifest }) => ({
      name,
      needs: Object.keys(manifest?.dependencies ?? {}),
    })));
    this.#starts = new Map();
    for (const [name, circle] of circles) {
      const message = `Cannot start plugin "${name}": plugins need each other: ${
        circle.join(" → ")
      }`;
      const error = new PluginError("dependency", message, { plugin: name });
      this.#starts.set(name, this.#find(name).refuse(error));
    }
    for (const name of order) this.#starts.set(name, this.#startInTurn(this.#find(name)));
    this.#ready = Promise.all(this.#starts.values()).then(() => {});
  }

  #makeContext(options: PluginManagerOptions): ManagerContext {
    const { dataDirectory, forbidden = [], timing = {} } = options;
    return {
      ...options,
      dataDirectory: normalizePath(dataDirectory),
      forbidden: forbidden.map(normalizePath),
      proxy: options.proxy,
      spawnContainer: options.spawnContainer,
      maxMemoryBytes: options.maxMemoryBytes,
      layers: options.layers ?? [],
      logger: options.logger ?? SILENT,
      timing: { ...TIMING, ...timing },
      signal: this.#closing.signal,
      now: options.now ?? (() => new Date()),
      delay: options.delay ?? delay,
      checkNeeds: (manifest) => this.#checkNeeds(manifest),
      onRunning: (plugin) => this.#startDependents(plugin),
      sendMessage: options.sendMessage ?? this.#sendMessage.bind(this),
    };
  }

  #takeUp({ name, directory, manifest }: DiscoveredPlugin, settings: PluginSettings): void {
    const plugin = this.#plugins.get(name) ??
      new ManagedPlugin({ name, directory, settings, context: this.#context });
    plugin.configure(settings);
    plugin.discovered(manifest);
    this.#plugins.set(name, plugin);
  }

  async #letGo(plugin: ManagedPlugin): Promise<void> {
    this.#unwatch(plugin.name);
    await plugin.stop();
  }

  async #startInTurn(plugin: ManagedPlugin): Promise<void> {
    const needs = Object.keys(plugin.manifest?.dependencies ?? {});
    await Promise.all(needs.map((need) => this.#starts.get(need)));
    await this.#limiter.run(() => plugin.start());
    this.#watch(plugin);
  }

  /** Starts those that failed for want of a plugin that runs now. */
  #startDependents(need: string): void {
    for (const plugin of this.#plugins.values()) {
      const { state, enabled, lastError } = plugin.status();
      const needsIt = plugin.manifest?.dependencies?.[need] !== undefined;
      const isWaiting = enabled && state === "error" && lastError?.code === "dependency";
      if (isWaiting && needsIt) plugin.start().then(() => this.#watch(plugin));
    }
  }

  #checkNeeds({ name, dependencies = {} }: Manifest): void {
    for (const [need, range] of Object.entries(dependencies)) {
      const problem = this.#needProblem(this.#plugins.get(need), range);
      if (problem === undefined) continue;
      const message = `Cannot load plugin "${name}": it needs the plugin "${need}", ${problem}`;
      throw new PluginError("dependency", message, { plugin: name });
    }
  }

  #needProblem(plugin: ManagedPlugin | undefined, range: string): string | undefined {
    if (plugin === undefined) return "which is not there";
    if (!plugin.settings.enabled) return "which is not enabled";
    if (plugin.state === "error" || plugin.manifest === undefined) return "which does not run";
    const { version } = plugin.manifest;
    if (semver.satisfies(version, range, { includePrerelease: true })) return undefined;
    return `in a version ${range}, and this is ${version}`;
  }

  async #sendMessage(
    { channel, channelId, content }: PluginOutboundMessage,
    options: PluginHostCallOptions,
  ): Promise<string> {
    const found = this.channels().find(({ plugin }) => plugin === channel);
    const message = { channelId, content, ...PLAIN };
    if (found !== undefined) return await found.send(message, options);
    throw new PluginError("not_found", `Cannot send a message: there is no channel "${channel}"`);
  }

  /** Loads a plugin anew when its files change, if its manifest says so. */
  #watch(plugin: ManagedPlugin): void {
    this.#unwatch(plugin.name);
    if (plugin.manifest?.lifecycle?.hot_reload !== true || this.#closing.signal.aborted) return;
    const ended = new AbortController();
    this.#watches.set(plugin.name, ended);
    const { delay, timing: { settleMs } } = this.#context;
    const onChange = () => this.#onChange(plugin, ended.signal);
    watchFolder(plugin.directory, onChange, { delay, settleMs, signal: ended.signal })
      .catch((error) => plugin.warn(`Cannot watch its files: ${messageOf(error)}`));
  }

  #unwatch(name: string): void {
    this.#watches.get(name)?.abort();
    this.#watches.delete(name);
  }

  async #onChange(plugin: ManagedPlugin, signal: AbortSignal): Promise<void> {
    try {
      const isSameHash = await hashPlugin(plugin.directory) === plugin.status().hash;
      const isHealthy = plugin.state === "running" && plugin.status().lastError === undefined;
      if (signal.aborted || (isSameHash && isHealthy)) return;
      plugin.log("Its files have changed");
      await this.reload(plugin.name);
    } catch (error) {
      plugin.warn(`Cannot load its new files: ${messageOf(error)}`);
    }
  }

  async #close(): Promise<void> {
    this.#closing.abort(new PluginError("closed", "Cannot use plugins: the manager is closed"));
    for (const name of [...this.#watches.keys()]) this.#unwatch(name);
    await this.ready;
    const stops = new Map<string, Promise<void>>();
    const stop = (plugin: ManagedPlugin): Promise<void> => {
      const started = stops.get(plugin.name) ??
        this.#stopAfter(this.#dependents(plugin), plugin, stop);
      stops.set(plugin.name, started);
      return started;
    };
    await Promise.all([...this.#plugins.values()].map(stop));
  }

  async #stopAfter(
    dependents: readonly ManagedPlugin[],
    plugin: ManagedPlugin,
    stop: (plugin: ManagedPlugin) => Promise<void>,
  ): Promise<void> {
    await Promise.all(dependents.map(stop));
    await plugin.stop();
  }

  /** Those that run and need a plugin. They cannot be in a circle, since then they did not start. */
  #dependents({ name }: ManagedPlugin): readonly ManagedPlugin[] {
    return [...this.#plugins.values()].filter((plugin) =>
      plugin.state === "running" && plugin.manifest?.dependencies?.[name] !== undefined
    );
  }

  #enabledOf(type: PluginType): readonly ManagedPlugin[] {
    return [...this.#plugins.values()]
      .filter(({ settings, manifest }) => settings.enabled && manifest?.type === type);
  }

  #find(name: string): ManagedPlugin {
    const plugin = this.#plugins.get(name);
    if (plugin !== undefined) return plugin;
    const message = `Cannot find plugin ${JSON.stringify(name.slice(0, 80))}: there is none`;
    throw new PluginError("not_found", message, { plugin: name });
  }

  #checkOpen(): void {
    this.#closing.signal.throwIfAborted();
  }
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
