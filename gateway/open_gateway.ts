// SPDX-License-Identifier: Apache-2.0

import { accountOf, type Agent, type OpenWorkspace } from "@sigil/agent";
import { assertValidConfig, type Config } from "@sigil/config";
import type { AccessRules } from "@sigil/plugin";
import type { BudgetLedger, ModelRouter } from "@sigil/provider";
import { type GatewayStore, openGatewayStore } from "@sigil/store";
import { join } from "node:path";
import { createApp } from "./app.ts";
import { BudgetFile, toBudgetLimits } from "./budget_file.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Channels } from "./channels/channels.ts";
import { PairingCodes } from "./channels/pairing_codes.ts";
import { composeAgent, toAgentSettings } from "./compose_agent.ts";
import { toLimits } from "./config_view.ts";
import { holdDataDirectory } from "./data_directory.ts";
import { OWNER_ID } from "./identity.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { LiveConfig } from "./live_config.ts";
import { LiveRouter } from "./live_router.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { Metrics } from "./metrics.ts";
import { needsRestart } from "./needs_restart.ts";
import { newId } from "./new_id.ts";
import { type FoundProvider, openProviders } from "./open_providers.ts";
import { openRouter } from "./open_router.ts";
import { makeAccessPolicy } from "./plugins/access_policy.ts";
import type { ConfigFile } from "./plugins/config_file.ts";
import { GatewayPlugins } from "./plugins/gateway_plugins.ts";
import { LazyEnforcer } from "./plugins/lazy_enforcer.ts";
import { Recorder } from "./recorder.ts";
import { parseListen, serve } from "./serve.ts";
import { syncUsers } from "./sync_users.ts";
import { checkToken, loadOrMakeToken } from "./token.ts";
import { SerialQueue } from "./serial_queue.ts";
import { WorkspacePool } from "./workspace_pool.ts";

/** Options of {@linkcode openGateway}. */
export interface OpenGatewayOptions {
  /**
   * Whether to listen. A gateway that does not is asked by its own `fetch` alone, and others may hold
   * the data directory in the same way.
   *
   * @default {true}
   */
  readonly listen?: boolean | undefined;
  /**
   * Where Ollama may be; `false` does not ask.
   *
   * @default {"http://127.0.0.1:11434"}
   */
  readonly ollamaUrl?: string | false | undefined;
  /**
   * Whether the plugins that the configuration enables are started. Channels are read only by a gateway
   * that listens, too.
   *
   * @default {listen}
   */
  readonly runPlugins?: boolean | undefined;
  /** The file that the configuration is from; without one, plugins cannot be enabled over HTTP. */
  readonly configFile?: ConfigFile | undefined;
  /** What differs from the limits of the configuration. */
  readonly limits?: Partial<Limits> | undefined;
  /** Tells the time; the machine's clock when absent. */
  readonly clock?: Clock | undefined;
  /** Told what happens; silent when absent. */
  readonly logger?: Logger | undefined;
}

/** A provider that was found. */
export interface GatewayProvider {
  /** Its name. */
  readonly name: string;
  /** How it was found, for people. */
  readonly source: string;
}

/** A gateway that is open. */
export interface Gateway extends AsyncDisposable {
  /** Where it is reached; undefined when it does not listen. */
  readonly url: string | undefined;
  /** The file that holds the token; undefined when the configuration does. */
  readonly tokenPath: string | undefined;
  /** The providers that were found when it was opened. */
  readonly providers: readonly GatewayProvider[];
  /** Answers a request as its owner, without a socket. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /**
   * Takes another configuration over: workspaces, users, models, budgets, providers, plugins, channels,
   * and how the agent works, at once; what else changed when it is opened again.
   *
   * @throws {ConfigError} With code `invalid`; the gateway then goes on as before.
   */
  reload(config: Config): Promise<void>;
  /** Lets open answers finish until the deadline, ends the rest, and closes everything. */
  close(): Promise<void>;
}

/**
 * Opens a gateway: holds its data directory, makes a token if there is none, opens stores, providers and
 * the agent, and listens.
 *
 * What was opened is closed when a later part fails.
 *
 * @throws {ConfigError} With code `invalid`.
 * @throws {GatewayError} With code `already_running`, `data_directory`, `invalid_token`,
 *   `address_in_use` or `address_unavailable`.
 * @throws {StoreError} When the gateway's own store cannot be opened.
 */
export async function openGateway(
  config: Config,
  options: OpenGatewayOptions = {},
): Promise<Gateway> {
  assertValidConfig(config);
  const { clock = systemClock, logger = silentLogger, listen = true } = options;
  const { storage: { directory }, networking } = config;
  await using opened = new AsyncDisposableStack();
  const held = opened.use(await holdDataDirectory(directory, listen ? "gateway" : "command"));
  const token = await readToken(config, join(directory, "token"));
  const core = await openCore(opened, config, { ...options, clock, logger });
  const app = createApp({
    ...core,
    view: () => core.live.view,
    onSessionDeleted: (session) => core.ledger.forgetSession(accountOf(session)),
    token: token.text,
    mode: networking.mode,
    allowedHosts: networking.allowed_hosts,
    allowedOrigins: networking.allowed_origins,
    limits: { ...toLimits(config), ...options.limits },
    clock,
    logger,
  });
  if (!listen) opened.defer(() => app.drain());
  const server = listen ? opened.use(serve(app, parseListen(networking.listen), clock)) : undefined;
  if (server !== undefined) await held.announce({ url: server.url, pid: Deno.pid });
  const owned = opened.move();
  const close = () => owned.disposeAsync();
  return {
    url: server?.url,
    tokenPath: token.path,
    providers: core.providers,
    fetch: (path, init = {}) => app.fetch(toRequest(path, init, token.text), () => "in-process"),
    reload: (next) => core.reload(next),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Core {
  readonly ledger: BudgetLedger;
  readonly live: LiveConfig;
  readonly agent: Agent;
  readonly router: LiveRouter;
  readonly gatewayStore: GatewayStore;
  readonly openWorkspace: OpenWorkspace;
  readonly providers: readonly GatewayProvider[];
  readonly plugins: GatewayPlugins;
  readonly codes: PairingCodes;
  readonly metrics: Metrics;
  reload(next: Config): Promise<void>;
}

/** The options, and what is opened before everything else. */
interface Ground extends OpenGatewayOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly live: LiveConfig;
  readonly gatewayStore: GatewayStore;
  readonly recorder: Recorder;
}

/** Opens all that is behind the HTTP surface. What is put on the stack first is closed last. */
async function openCore(
  opened: AsyncDisposableStack,
  config: Config,
  options: OpenGatewayOptions & { readonly clock: Clock; readonly logger: Logger },
): Promise<Core> {
  const { clock, logger } = options;
  const { storage } = config;
  const { directory } = storage;
  const live = new LiveConfig(config);
  const gatewayStore = opened.use(await openGatewayStore(storage, directory, { logger }));
  await syncUsers(gatewayStore.users, config);
  const recorder = new Recorder(gatewayStore.auditLog, clock, logger);
  const ground = { ...options, live, gatewayStore, recorder };
  const enforcer = openEnforcer(ground, (name) => plugins.rulesOf(name));
  const takeOver = async (next: Config) => {
    await syncUsers(gatewayStore.users, next);
    await plugins.configure(next);
    router.replace((await models.openRouter(next)).router);
    live.replace(next);
    models.ledger.setLimits(toBudgetLimits(next.models.budgets));
    agent.configure(toAgentSettings(next));
    await channels.update();
    const sections = needsRestart(config, next);
    if (sections.length > 0) logger.warn("configuration takes a restart", { sections });
    await recorder.note({ action: "config.reload", actor: OWNER_ID, result: "ok" });
  };
  const queue = new SerialQueue();
  const reload = async (next: Config) => {
    assertValidConfig(next);
    await queue.run(() => takeOver(next));
  };
  const plugins = await openPlugins(opened, config, ground, enforcer, reload);
  const models = await openModels(opened, config, ground, plugins);
  const router = opened.use(new LiveRouter(models.first.router, clock));
  const isKnown = (id: string) => live.findWorkspace(id) !== undefined;
  const workspaces = opened.use(new WorkspacePool({ storage, directory, isKnown, logger }));
  const { open: openWorkspace } = workspaces;
  const parts = { live, router, gatewayStore, openWorkspace, clock, logger };
  const authorize = enforcer.authorize.bind(enforcer);
  const agent = opened.use(composeAgent({ ...parts, authorize, pluginTools: plugins.tools }));
  const codes = new PairingCodes(clock, join(directory, "pairing-codes.json"));
  const metrics = new Metrics();
  const channels = await openChannels(opened, config, ground, { agent, plugins, codes, metrics });
  const providers = models.first.found.map(({ provider, source }) => ({
    name: provider.name,
    source,
  }));
  const { ledger } = models;
  return { ledger, ...parts, agent, plugins, codes, metrics, providers, reload };
}

function openEnforcer(
  { live, gatewayStore, clock }: Ground,
  rulesOf: (plugin: string) => AccessRules | undefined,
): LazyEnforcer {
  const { auditLog: audit, users } = gatewayStore;
  const policy = makeAccessPolicy({ live, users, rulesOf });
  const now = () => clock.now();
  return new LazyEnforcer({ audit, policy, now, newId: () => newId(now()) });
}

/** Starts plugins. A gateway that listens does not wait for them: what they bring comes when they run. */
async function openPlugins(
  opened: AsyncDisposableStack,
  config: Config,
  { gatewayStore, clock, logger, listen = true, runPlugins: run = listen, configFile }: Ground,
  enforcer: LazyEnforcer,
  reload: (next: Config) => Promise<void>,
): Promise<GatewayPlugins> {
  const audit = gatewayStore.auditLog;
  const parts = { run, enforcer, audit, configFile, clock, logger, reload };
  const plugins = opened.use(new GatewayPlugins(config, parts));
  await plugins.start();
  if (!listen) await plugins.ready;
  return plugins;
}

interface OpenedRouter {
  readonly found: readonly FoundProvider[];
  readonly router: ModelRouter;
}

interface Models {
  readonly ledger: BudgetLedger;
  readonly first: OpenedRouter;
  openRouter(config: Config): Promise<OpenedRouter>;
}

/** Opens the account of what is spent, and a router on top of it for each configuration. */
async function openModels(
  opened: AsyncDisposableStack,
  config: Config,
  { clock, logger, ollamaUrl }: Ground,
  plugins: GatewayPlugins,
): Promise<Models> {
  const path = join(config.storage.directory, "budget.json");
  const { budgets } = config.models;
  const { ledger } = opened.use(await BudgetFile.open({ path, budgets, clock, logger }));
  const open = async (wanted: Config) => {
    const found = withPlugins(await openProviders(wanted, { ollamaUrl }), plugins, logger);
    const providers = found.map(({ provider }) => provider);
    return { found, router: openRouter(wanted, { providers, budget: ledger, logger }) };
  };
  return { ledger, first: await open(config), openRouter: open };
}

async function openChannels(
  opened: AsyncDisposableStack,
  config: Config,
  { listen = true, gatewayStore, live, recorder, clock, logger, limits }: Ground,
  { agent, plugins, codes, metrics }: Pick<Core, "agent" | "plugins" | "codes" | "metrics">,
): Promise<Channels> {
  const channels = opened.use(
    new Channels({
      ...{ agent, store: gatewayStore, live, codes, metrics, recorder, clock, logger },
      channels: () => listen ? plugins.channels() : [],
      setting: (plugin, key) => plugins.setting(plugin, key),
      limits: { ...DEFAULT_LIMITS, ...toLimits(config), ...limits },
    }),
  );
  await channels.update();
  return channels;
}

/** Adds the providers that plugins bring. One whose name is taken already is left out. */
function withPlugins(
  found: readonly FoundProvider[],
  plugins: GatewayPlugins,
  logger: Logger,
): readonly FoundProvider[] {
  const names = found.map(({ provider }) => provider.name);
  const added = plugins.providers().filter(({ name }) => {
    if (names.includes(name)) logger.warn("provider left out: its name is taken", { plugin: name });
    return !names.includes(name);
  });
  return [...found, ...added.map((provider) => ({ provider, source: "plugin" }))];
}

interface Token {
  readonly text: string;
  readonly path: string | undefined;
}

async function readToken({ auth }: Config, path: string): Promise<Token> {
  if (auth.token === undefined) return { text: await loadOrMakeToken(path), path };
  const text = auth.token.reveal();
  checkToken(text, "auth.token");
  return { text, path: undefined };
}

function toRequest(path: string, init: RequestInit, token: string): Request {
  const headers = new Headers(init.headers);
  headers.set("host", "127.0.0.1");
  headers.set("authorization", `Bearer ${token}`);
  return new Request(`http://127.0.0.1${path}`, { ...init, headers });
}
