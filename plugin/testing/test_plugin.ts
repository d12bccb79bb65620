// SPDX-License-Identifier: Apache-2.0

import { servePlugin } from "../boot/serve_plugin.ts";
import { PluginError } from "../errors.ts";
import { callFailures } from "../process/_call_failures.ts";
import { hostFailure, hostService } from "../process/_host_service.ts";
import { remoteChannel } from "../process/_remote_channel.ts";
import { callHealth, callInit, callShutdown } from "../process/_remote_lifecycle.ts";
import { RemotePlugin } from "../process/_remote_plugin.ts";
import { remoteProvider } from "../process/_remote_provider.ts";
import { remoteTools } from "../process/_remote_tools.ts";
import type { PluginChannel } from "../process/plugin_channel.ts";
import type { PluginCallOptions, PluginHealth, PluginHost } from "../process/plugin_process.ts";
import type { PluginProvider } from "../process/plugin_provider.ts";
import type { PluginTools } from "../process/plugin_tools.ts";
import type { JsonObject, Plugin } from "../sdk/mod.ts";
import { FrameConnection } from "../transport/frame_connection.ts";
import { RpcCaller } from "../transport/rpc_caller.ts";
import { serveServices } from "../transport/serve_services.ts";
import { memoryPipes } from "./_memory_pipes.ts";
import { MemoryHost } from "./memory_host.ts";

const NAME = "under-test";
const TIMEOUT_MS = 30_000;

/** Options of {@linkcode testPlugin}. */
export interface TestPluginOptions {
  /** What Init hands over. */
  readonly config?: JsonObject | undefined;
  /** Answers what the plugin asks; a {@linkcode MemoryHost} with the same `config` when absent. */
  readonly host?: PluginHost | undefined;
}

/** Options of {@linkcode TestedPlugin.execute}. */
export interface TestExecuteOptions {
  /** The session on whose behalf the tool runs; `test` when absent. */
  readonly sessionId?: string | undefined;
  /** When it aborts, the tool is cancelled. */
  readonly signal?: AbortSignal | undefined;
}

/** A plugin that runs in this process, spoken to as the gateway speaks to it. */
export interface TestedPlugin extends AsyncDisposable {
  /** Its tools, if it is a tool plugin. */
  readonly tools: PluginTools;
  /** Its platform, if it is a channel plugin. */
  readonly channel: PluginChannel;
  /** Its models, if it is a provider plugin. */
  readonly provider: PluginProvider;
  /** Asks it how it is. */
  health(options?: PluginCallOptions): Promise<PluginHealth>;
  /**
   * Runs a tool; gives all of its text.
   *
   * @throws {PluginError} With code `failed` when the tool fails.
   */
  execute(
    tool: string,
    input?: Readonly<Record<string, unknown>>,
    options?: TestExecuteOptions,
  ): Promise<string>;
  /** Asks it to finish, and ends it. Calling it again does nothing. */
  stop(): Promise<void>;
}

/**
 * Runs a plugin in this process, over the same protocol and with the same checks as in its own.
 *
 * Permissions are those of this process: what the manifest grants is not tested.
 *
 * @throws {PluginError} With code `failed` when its Init refuses the configuration, or its default
 * export is no plugin.
 *
 * @example A test of a tool
 * ```ts
 * import type { ToolPlugin } from "@sigil/plugin/sdk";
 * import { testPlugin } from "@sigil/plugin/testing";
 *
 * const plugin: ToolPlugin = {
 *   type: "tool",
 *   tools: {
 *     shout: {
 *       description: "Shouts",
 *       input: { type: "object", properties: { text: { type: "string" } } },
 *       execute: (input: { text: string }) => input.text.toUpperCase(),
 *     },
 *   },
 * };
 *
 * await using tested = await testPlugin(plugin);
 * console.log(await tested.execute("shout", { text: "hello" })); // HELLO
 * ```
 */
export async function testPlugin(
  plugin: Plugin,
  options: TestPluginOptions = {},
): Promise<TestedPlugin> {
  const { config = {}, host = new MemoryHost({ config }) } = options;
  const tested = new InProcessPlugin(plugin, host);
  try {
    await tested.init(config);
    return tested;
  } catch (error) {
    tested.close();
    throw error;
  }
}

class InProcessPlugin implements TestedPlugin {
  readonly tools: PluginTools;
  readonly channel: PluginChannel;
  readonly provider: PluginProvider;
  readonly #connection: FrameConnection;
  readonly #remote: RemotePlugin;
  #stopped: Promise<void> | undefined;

  constructor(plugin: Plugin, host: PluginHost) {
    const [hostEnd, pluginEnd] = memoryPipes();
    servePlugin({ pipe: pluginEnd, load: async () => plugin, onEnd: () => {} });
    const connection: FrameConnection = new FrameConnection({
      side: "host",
      pipe: hostEnd,
      serve: serveServices([hostService(host)], {
        toFailure: hostFailure,
        onBreach: (error) => connection.breach(error),
      }),
      onEnd: (cause) => connection.close(ended(cause)),
    });
    this.#connection = connection;
    const caller = new RpcCaller(connection, callFailures(NAME));
    this.#remote = new RemotePlugin({ plugin: NAME, caller, callTimeoutMs: TIMEOUT_MS });
    this.tools = remoteTools(this.#remote);
    this.channel = remoteChannel(this.#remote);
    this.provider = remoteProvider(this.#remote);
  }

  init(config: JsonObject): Promise<void> {
    return callInit(this.#remote, config);
  }

  health(options?: PluginCallOptions): Promise<PluginHealth> {
    return callHealth(this.#remote, options);
  }

  async execute(
    name: string,
    input: Readonly<Record<string, unknown>> = {},
    { sessionId = "test", signal }: TestExecuteOptions = {},
  ): Promise<string> {
    let text = "";
    for await (const chunk of this.tools.execute({ name, input, sessionId }, { signal })) {
      if (chunk.type === "error") throw this.#remote.failure(`run "${name}" of`, chunk.message);
      text += chunk.text;
    }
    return text;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  close(): void {
    this.#connection.close(ended(undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    try {
      await callShutdown(this.#remote, TIMEOUT_MS);
    } finally {
      this.close();
    }
  }
}

function ended(cause: Error | undefined): PluginError {
  const code = cause === undefined ? "closed" : "protocol";
  const why = cause?.message ?? "it was stopped";
  return new PluginError(code, `Cannot call plugin "${NAME}": ${why}`, { plugin: NAME, cause });
}
