// SPDX-License-Identifier: Apache-2.0

import type { Agent, OpenWorkspace } from "@sigil/agent";
import { assertValidConfig, type Config } from "@sigil/config";
import { type GatewayStore, openGatewayStore } from "@sigil/store";
import { join } from "node:path";
import { createApp } from "./app.ts";
import { BudgetFile } from "./budget_file.ts";
import { type Clock, systemClock } from "./clock.ts";
import { composeAgent } from "./compose_agent.ts";
import { toLimits } from "./config_view.ts";
import { holdDataDirectory } from "./data_directory.ts";
import type { Limits } from "./limits.ts";
import { OWNER_ID } from "./identity.ts";
import { LiveConfig } from "./live_config.ts";
import { LiveRouter } from "./live_router.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { openProviders } from "./open_providers.ts";
import { openRouter } from "./open_router.ts";
import { Recorder } from "./recorder.ts";
import { parseListen, serve } from "./serve.ts";
import type { PluginAdmin } from "./services.ts";
import { syncUsers } from "./sync_users.ts";
import { checkToken, loadOrMakeToken } from "./token.ts";
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
  /** Looks after plugins. */
  readonly plugins?: PluginAdmin | undefined;
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
   * Takes another configuration over: workspaces, users, models and providers at once, what else
   * changed when it is opened again.
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
    token: token.text,
    plugins: options.plugins,
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
    fetch: (path, init = {}) => app.fetch(toRequest(path, init, token.text), "in-process"),
    reload: (next) => core.reload(next),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Core {
  readonly live: LiveConfig;
  readonly agent: Agent;
  readonly router: LiveRouter;
  readonly gatewayStore: GatewayStore;
  readonly openWorkspace: OpenWorkspace;
  readonly providers: readonly GatewayProvider[];
  reload(next: Config): Promise<void>;
}

/** Opens all that is behind the HTTP surface. What is put on the stack first is closed last. */
async function openCore(
  opened: AsyncDisposableStack,
  config: Config,
  { clock, logger, ollamaUrl }: OpenGatewayOptions & { clock: Clock; logger: Logger },
): Promise<Core> {
  const { storage, models: { budgets } } = config;
  const { directory } = storage;
  const live = new LiveConfig(config);
  const gatewayStore = opened.use(await openGatewayStore(storage, directory, { logger }));
  await syncUsers(gatewayStore.users, config);
  const path = join(directory, "budget.json");
  const { ledger } = opened.use(await BudgetFile.open({ path, budgets, clock, logger }));
  const toRouter = async (wanted: Config) => {
    const found = await openProviders(wanted, { ollamaUrl });
    const providers = found.map(({ provider }) => provider);
    return { found, router: openRouter(wanted, { providers, budget: ledger, logger }) };
  };
  const first = await toRouter(config);
  const router = opened.use(new LiveRouter(first.router, clock));
  const isKnown = (id: string) => live.findWorkspace(id) !== undefined;
  const workspaces = opened.use(new WorkspacePool({ storage, directory, isKnown, logger }));
  const { open: openWorkspace } = workspaces;
  const agent = opened.use(
    composeAgent({ live, router, gatewayStore, openWorkspace, clock, logger }),
  );
  return {
    live,
    agent,
    router,
    gatewayStore,
    openWorkspace,
    providers: first.found.map(({ provider, source }) => ({ name: provider.name, source })),
    async reload(next) {
      assertValidConfig(next);
      await syncUsers(gatewayStore.users, next);
      router.replace((await toRouter(next)).router);
      live.replace(next);
      const recorder = new Recorder(gatewayStore.auditLog, clock, logger);
      await recorder.note({ action: "config.reload", actor: OWNER_ID, result: "ok" });
    },
  };
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
