// SPDX-License-Identifier: Apache-2.0

import type { Config } from "@sigil/config";
import type { AccessRules, AuditSink, Tool } from "@sigil/plugin";
import type {
  ManagedChannel,
  PluginApproval,
  PluginManager,
  PluginStatus,
} from "@sigil/plugin/manager";
import type { Provider } from "@sigil/provider";
import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { PluginAdmin, PluginView } from "../services.ts";
import { SerialQueue } from "../serial_queue.ts";
import { VERSION } from "../version.ts";
import { type ConfigFile, writePluginEnabled } from "./config_file.ts";
import type { LazyEnforcer } from "./lazy_enforcer.ts";
import { choosePluginLayers, spawnHeldPlugin } from "./plugin_layers.ts";
import { pluginLogger } from "./plugin_logger.ts";
import {
  noneEnabled,
  pluginDataDirectory,
  pluginsDirectory,
  toPluginsConfig,
} from "./plugin_settings.ts";

/** What the plugins of a gateway are put together from. */
export interface GatewayPluginsOptions {
  /** Whether those that are enabled run; else they are only looked at. */
  readonly run: boolean;
  /** Decides on what plugins ask of the gateway. */
  readonly enforcer: Pick<LazyEnforcer, "enforce">;
  /** Where starts, stops and failures are recorded. */
  readonly audit: AuditSink;
  /** The file that enabling changes, if there is one. */
  readonly configFile: ConfigFile | undefined;
  /** Takes over a configuration that was changed. */
  readonly reload: (config: Config) => Promise<void>;
  /** Tells the time. */
  readonly clock: Clock;
  /** Told what happens. */
  readonly logger: Logger;
}

/**
 * The plugins of a gateway.
 *
 * What manages them is loaded when there is something to manage: a gateway without plugins starts
 * without it, and starts no process.
 */
export class GatewayPlugins implements PluginAdmin, AsyncDisposable {
  readonly #options: GatewayPluginsOptions;
  #config: Config;
  #manager: PluginManager | undefined;
  readonly #changes: SerialQueue = new SerialQueue();
  #isClosed = false;

  /** Begins with a configuration. Nothing is started before {@linkcode start}. */
  constructor(config: Config, options: GatewayPluginsOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** Starts the plugins that are enabled, without waiting until they run. Never rejects. */
  async start(): Promise<void> {
    const isWanted = this.#options.run &&
      Object.values(this.#config.plugins).some(({ enabled }) => enabled);
    if (isWanted) await this.#tryToOpen();
  }

  /** Resolves when each plugin that is to run does, or has failed. */
  get ready(): Promise<void> {
    return this.#manager?.ready ?? Promise.resolve();
  }

  /** The tools of the plugins that run. */
  readonly tools = (): readonly Tool[] => this.#manager?.tools() ?? [];

  /** The providers of models that enabled plugins bring. */
  providers(): readonly Provider[] {
    return this.#manager?.providers() ?? [];
  }

  /** The channels that enabled plugins bring. */
  channels(): readonly ManagedChannel[] {
    return this.#manager?.channels() ?? [];
  }

  /** What a plugin asks to do; nothing for one that does not run. */
  readonly rulesOf = (name: string): AccessRules | undefined => this.#manager?.rules(name);

  /** A setting of a plugin: what was configured, or the default of its manifest. */
  setting(plugin: string, key: string): unknown {
    const configured = this.#config.plugins[plugin]?.config[key];
    if (configured !== undefined) return configured;
    const properties = this.#manifestOf(plugin)?.config_schema?.properties;
    return fieldOf(fieldOf(properties, key), "default");
  }

  /** Takes another configuration over: starts, stops and replaces plugins. Never rejects. */
  async configure(config: Config): Promise<void> {
    const before = JSON.stringify(this.#settings());
    this.#config = config;
    if (this.#manager === undefined) return await this.start();
    // Another part of the file has changed: a plugin that failed is not to be tried again for that.
    const isSame = before === JSON.stringify(this.#settings());
    if (!isSame || await this.#isOutdated(this.#manager)) await this.#rescan();
  }

  async list(): Promise<readonly PluginView[]> {
    const manager = await this.#look();
    const known = manager?.list().map((status) => this.#toView(manager, status)) ?? [];
    const names = known.map(({ name }) => name);
    const missing = Object.keys(this.#config.plugins).filter((name) => !names.includes(name));
    const views = [...known, ...missing.map((name) => this.#viewOfMissing(name))];
    const told = await Promise.all(views.filter(({ enabled }) => enabled).map(tellOfFolder));
    const disabled = known.filter(({ enabled }) => !enabled);
    return [...told, ...disabled].toSorted((left, right) => left.name < right.name ? -1 : 1);
  }

  async find(name: string): Promise<PluginView | undefined> {
    return (await this.list()).find((view) => view.name === name);
  }

  async reload(name: string): Promise<void> {
    if (!this.#options.run) {
      const nextStep = "Start the gateway with sigil start";
      throw failed(`Cannot reload plugin "${name}": no gateway runs`, nextStep);
    }
    const manager = await this.#open();
    await manager.reload(name).catch((error) => {
      throw failed(textOf(error), `See sigil plugin logs ${name}`);
    });
  }

  async logs(name: string, limit: number): ReturnType<PluginAdmin["logs"]> {
    return (await this.#open()).logs(name, { limit });
  }

  async examine(name: string): ReturnType<PluginAdmin["examine"]> {
    const manager = await this.#open();
    return await manager.examine(name).catch((error) => {
      throw failed(textOf(error), "Mend its files, or install it again");
    });
  }

  async setEnabled(name: string, enabled: boolean, hash?: string): Promise<void> {
    const { configFile, reload } = this.#options;
    if (configFile === undefined) {
      const message = `Cannot change plugin "${name}": this gateway has no configuration file`;
      throw new GatewayError("unsupported", message);
    }
    if (enabled) return await this.#enable(name, configFile, hash);
    await writePluginEnabled(configFile.path, name, false);
    await reload(await configFile.load());
  }

  /**
   * Enables a plugin, or leaves everything as it was. Where the process dies before it is known
   * whether the plugin starts, it is enabled with the files that were approved, which is what somebody
   * asked for: the next gateway starts it, or says why it cannot.
   */
  async #enable(name: string, file: ConfigFile, hash: string | undefined): Promise<void> {
    const { reload, run } = this.#options;
    await using undo = new AsyncDisposableStack();
    const { hash: approved, undo: disapprove } = await this.#approve(name, hash);
    undo.defer(() => this.#undoing(name, disapprove));
    const wasEnabled = this.#config.plugins[name]?.enabled ?? false;
    const restore = await writePluginEnabled(file.path, name, true);
    let isTakenOver = false;
    undo.defer(() =>
      this.#undoing(name, async () => {
        await restore();
        // What was refused is refused again, and whoever asked is told already.
        await file.load().then(reload).catch((error) => {
          if (isTakenOver) throw error;
        });
      })
    );
    await reload(await file.load());
    isTakenOver = true;
    if (run) await this.#expectStarted(name, { approved, wasEnabled });
    undo.move(); // it is as it was to be
  }

  /** Takes back a part of what was done to enable a plugin. That it failed matters more than this. */
  async #undoing(name: string, undo: () => Promise<void>): Promise<void> {
    try {
      await undo();
    } catch (error) {
      this.#options.logger.error("plugin not disabled again", { name, error: textOf(error) });
    }
  }

  async #expectStarted(
    name: string,
    { approved, wasEnabled }: { readonly approved: string; readonly wasEnabled: boolean },
  ): Promise<void> {
    const nextStep = `See sigil plugin logs ${name}, mend it, and enable it again`;
    const manager = await this.#open();
    const { hash, state } = manager.get(name);
    if (wasEnabled && (hash !== approved || state !== "running")) {
      // One that was enabled before is not started by a file that says the same as ever.
      await manager.reload(name).catch((error) => {
        const why = `its files are refused as they are: ${textOf(error)}`;
        throw failed(`Cannot enable plugin "${name}" again: ${why}`, nextStep);
      });
    }
    const { state: reached, lastError } = manager.get(name);
    if (reached !== "error") return;
    const why = `it does not start, and is disabled again: ${lastError?.message}`;
    throw failed(`Cannot enable plugin "${name}": ${why}`, nextStep);
  }

  async #approve(name: string, hash: string | undefined): Promise<PluginApproval> {
    const manager = await this.#open();
    try {
      return await manager.approve(name, hash);
    } catch (error) {
      throw failed(textOf(error), `Look at it again: sigil plugin enable ${name}`);
    }
  }

  /** Stops every plugin. Calling it again does nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#changes.idle;
    await this.#manager?.close();
  }

  /** The manager, brought up to date with the folders that are there; undefined without any plugin. */
  async #look(): Promise<PluginManager | undefined> {
    const hasFolders = await hasEntries(pluginsDirectory(this.#config));
    const isConfigured = Object.keys(this.#config.plugins).length > 0;
    if (this.#manager === undefined && !hasFolders && !isConfigured) return undefined;
    if (this.#manager === undefined) return await this.#open();
    if (await this.#isOutdated(this.#manager)) await this.#rescan();
    return this.#manager;
  }

  /** Whether there is a folder that the manager does not know, or the other way about. */
  async #isOutdated(manager: PluginManager): Promise<boolean> {
    const directory = pluginsDirectory(this.#config);
    const there = (await foldersIn(directory)).map((name) => `${directory}/${name}`);
    const known = manager.list().filter(({ enabled }) => !enabled).map((each) => each.directory);
    const all = manager.list().map((each) => each.directory);
    return there.some((folder) => !all.includes(folder)) ||
      known.some((folder) => folder.startsWith(`${directory}/`) && !there.includes(folder));
  }

  async #rescan(): Promise<void> {
    await this.#changes.run(async () => {
      await this.#manager?.configure(this.#settings());
    }).catch((error) => {
      this.#options.logger.error("plugins not found", { error: textOf(error) });
    });
  }

  async #tryToOpen(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.#options.logger.error("plugins not started", { error: textOf(error) });
    }
  }

  #open(): Promise<PluginManager> {
    return this.#changes.run(async () => {
      if (this.#isClosed) throw new GatewayError("shutting_down", "Cannot use plugins any more");
      this.#manager ??= await this.#openManager();
      return this.#manager;
    });
  }

  async #openManager(): Promise<PluginManager> {
    const { enforcer, audit, logger, clock, run } = this.#options;
    const { security: { sandbox }, storage } = this.#config;
    const [{ openPluginManager }, { detectLayers, spawnContainer }, { resolve }] = await Promise
      .all([
        import("@sigil/plugin/manager"),
        import("@sigil/plugin/process"),
        import("node:path"),
      ]);
    const held = choosePluginLayers(sandbox, run ? await detectLayers() : []);
    return await openPluginManager({
      directory: pluginsDirectory(this.#config),
      dataDirectory: pluginDataDirectory(this.#config),
      config: this.#settings(),
      spawn: (options) => spawnHeldPlugin(held, options),
      spawnContainer,
      enforcer,
      audit,
      engineVersion: VERSION,
      forbidden: [resolve(storage.directory)],
      maxMemoryBytes: sandbox.max_memory_bytes,
      layers: held.layers,
      logger: pluginLogger(logger),
      now: () => clock.now(),
    });
  }

  #settings(): ReturnType<typeof toPluginsConfig> {
    const settings = toPluginsConfig(this.#config);
    return this.#options.run ? settings : noneEnabled(settings);
  }

  #manifestOf(plugin: string): ReturnType<PluginManager["manifest"]> {
    const isKnown = this.#manager?.list().some(({ name }) => name === plugin);
    return isKnown ? this.#manager?.manifest(plugin) : undefined;
  }

  #toView(manager: PluginManager, status: PluginStatus): PluginView {
    const { name, state, directory, asks, tools, crashes } = status;
    const capabilities = manager.manifest(name)?.capabilities.map(({ pattern }) => pattern);
    return {
      name,
      version: status.version ?? "",
      type: status.type ?? "",
      state,
      enabled: this.#config.plugins[name]?.enabled ?? false,
      directory,
      capabilities: capabilities ?? [],
      asks,
      tools,
      hash: status.hash ?? "",
      crashes,
      message: status.lastError?.message ?? "",
      isFolderGone: false,
    };
  }

  /** Where nothing is to run, nobody has looked for one whose folder is not there. */
  #viewOfMissing(name: string): PluginView {
    const { enabled = false, path } = this.#config.plugins[name] ?? {};
    const directory = path ?? `${pluginsDirectory(this.#config)}/${name}`;
    const nothing = { version: "", type: "", capabilities: [], asks: [], tools: [], hash: "" };
    const health = { state: "error", crashes: 0, message: "", isFolderGone: false };
    return { name, enabled, directory, ...nothing, ...health };
  }
}

/** Says so when the folder of a plugin that is enabled is not there, whether or not it runs still. */
async function tellOfFolder(view: PluginView): Promise<PluginView> {
  // What may not be looked at may be there: a plugin is often elsewhere.
  const isGone = await Deno.stat(view.directory).then(() => false, (error) => {
    return error instanceof Deno.errors.NotFound;
  });
  if (!isGone) return view;
  return { ...view, isFolderGone: true, message: `There is no folder "${view.directory}"` };
}

async function hasEntries(directory: string): Promise<boolean> {
  return (await foldersIn(directory)).length > 0;
}

/** The folders in a folder, apart from hidden ones; none when it is missing. */
async function foldersIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(directory));
    return entries.filter(({ isDirectory, name }) => isDirectory && !name.startsWith("."))
      .map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

function failed(message: string, nextStep: string): GatewayError {
  return new GatewayError("plugin_failed", message, { nextStep });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
