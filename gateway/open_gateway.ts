// SPDX-License-Identifier: Apache-2.0

import { type AgentSettings, memoryTools, openAgent } from "@sigil/agent";
import { assertValidConfig, type Config } from "@sigil/config";
import { openGatewayStore } from "@sigil/store";
import { join } from "node:path";
import { createApp } from "./app.ts";
import { BudgetFile } from "./budget_file.ts";
import { type Clock, systemClock } from "./clock.ts";
import { DEFAULT_WORKSPACE, toConfigView, toLimits } from "./config_view.ts";
import { holdDataDirectory } from "./data_directory.ts";
import { toIdentity } from "./identity.ts";
import type { Limits } from "./limits.ts";
import { LiveRouter } from "./live_router.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { openProviders } from "./open_providers.ts";
import { openRouter } from "./open_router.ts";
import { parseListen, serve } from "./serve.ts";
import { mayUse, type PluginAdmin } from "./services.ts";
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
  const { clock = systemClock, logger = silentLogger, listen = true, ollamaUrl } = options;
  const { directory } = config.storage;
  let current = config;
  let view = toConfigView(config);
  await using opened = new AsyncDisposableStack();
  const held = opened.use(await holdDataDirectory(directory, listen ? "gateway" : "command"));
  const token = await readToken(config, join(directory, "token"));
  const gatewayStore = opened.use(await openGatewayStore(config.storage, directory, { logger }));
  await syncUsers(gatewayStore.users, config);
  const { ledger } = opened.use(
    await BudgetFile.open({
      path: join(directory, "budget.json"),
      budgets: config.models.budgets,
      clock,
      logger,
    }),
  );
  const found = await openProviders(config, { ollamaUrl });
  const providers = found.map(({ provider }) => provider);
  const router = opened.use(
    new LiveRouter(openRouter(config, { providers, budget: ledger, logger })),
  );
  const isKnown = (id: string) => view.workspaces.some((workspace) => workspace.id === id);
  const { storage } = config;
  const workspaces = opened.use(new WorkspacePool({ storage, directory, isKnown, logger }));
  const now = () => clock.now();
  const embed = toEmbed(router, () => current);
  const { open: openWorkspace } = workspaces;
  const tools = memoryTools({ openWorkspace, embed, now });
  const agent = opened.use(openAgent({
    openWorkspace,
    router,
    audit: gatewayStore.auditLog,
    tools: () => tools,
    embed,
    settings: toSettings(config),
    logger,
    now,
    async isMember(workspaceId, userId) {
      const workspace = view.workspaces.find(({ id }) => id === workspaceId);
      if (workspace === undefined) return true; // the stores then say that there is none
      return mayUse(toIdentity(await gatewayStore.users.get(userId)), workspace);
    },
  }));
  const app = createApp({
    agent,
    router,
    gatewayStore,
    openWorkspace,
    view: () => view,
    token: token.text,
    plugins: options.plugins,
    mode: config.networking.mode,
    allowedHosts: config.networking.allowed_hosts,
    allowedOrigins: config.networking.allowed_origins,
    limits: { ...toLimits(config), ...options.limits },
    clock,
    logger,
  });
  const server = listen
    ? opened.use(serve(app, parseListen(config.networking.listen), clock))
    : undefined;
  if (server !== undefined) await held.announce({ url: server.url, pid: Deno.pid });
  else opened.defer(() => app.drain());
  const owned = opened.move();
  const close = () => owned.disposeAsync();
  return {
    url: server?.url,
    tokenPath: token.path,
    providers: found.map(({ provider, source }) => ({ name: provider.name, source })),
    fetch: (path, init = {}) => app.fetch(toRequest(path, init, token.text), "in-process"),
    async reload(next) {
      assertValidConfig(next);
      await syncUsers(gatewayStore.users, next);
      const again = (await openProviders(next, { ollamaUrl })).map(({ provider }) => provider);
      router.replace(openRouter(next, { providers: again, budget: ledger, logger }));
      current = next;
      view = toConfigView(next);
    },
    close,
    [Symbol.asyncDispose]: close,
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

function toSettings({ sessions, security }: Config): AgentSettings {
  const { active_window, compaction } = sessions.memory;
  return {
    activeWindow: active_window,
    maxToolRounds: security.max_tool_rounds,
    maxToolResultBytes: security.max_tool_result_bytes,
    compaction: {
      batchSize: compaction.batch_size,
      summarise: compaction.enabled,
      model: compaction.summary_model,
    },
  };
}

/** Embeds with the model of the configuration, or with the built-in one, which is not neural. */
function toEmbed(router: LiveRouter, config: () => Config) {
  return async (
    texts: readonly string[],
    { signal }: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly Float32Array[]> => {
    const name = config().models.embedding ?? BUILT_IN_EMBEDDING;
    const { provider, model } = await router.route(DEFAULT_WORKSPACE, name, { signal });
    if (provider.embed === undefined) throw new TypeError(`The provider of "${name}" cannot embed`);
    return (await provider.embed({ model, texts }, { signal })).embeddings;
  };
}

const BUILT_IN_EMBEDDING = "local/hash-256";

function toRequest(path: string, init: RequestInit, token: string): Request {
  const headers = new Headers(init.headers);
  headers.set("host", "127.0.0.1");
  headers.set("authorization", `Bearer ${token}`);
  return new Request(`http://127.0.0.1${path}`, { ...init, headers });
}
