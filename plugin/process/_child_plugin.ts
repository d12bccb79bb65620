// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "../errors.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { ProtocolError } from "../transport/_protocol_error.ts";
import { FrameConnection } from "../transport/frame_connection.ts";
import { RpcCaller } from "../transport/rpc_caller.ts";
import { serveServices } from "../transport/serve_services.ts";
import { callFailures } from "./_call_failures.ts";
import { callers } from "./_callers.ts";
import { ChildPipe } from "./_child_pipe.ts";
import { hostFailure, hostService } from "./_host_service.ts";
import { remoteChannel } from "./_remote_channel.ts";
import { callHealth, callInit, callShutdown } from "./_remote_lifecycle.ts";
import { RemotePlugin } from "./_remote_plugin.ts";
import { remoteProvider } from "./_remote_provider.ts";
import { remoteTools } from "./_remote_tools.ts";
import { StderrLines } from "./_stderr_lines.ts";
import { settles } from "./_wait.ts";
import type { PluginChannel } from "./plugin_channel.ts";
import type { PluginProvider } from "./plugin_provider.ts";
import type { PluginTools } from "./plugin_tools.ts";
import type {
  PluginCallOptions,
  PluginExit,
  PluginHealth,
  PluginLogger,
  PluginProcess,
  SpawnPluginOptions,
  StopPluginOptions,
} from "./plugin_process.ts";

const CALL_TIMEOUT_MS = 30_000;
const STDERR_BYTES_PER_SECOND = 64 * 1024;
const GRACE_MS = 5000;

/** How many characters of what it last wrote go into an error. */
const MAX_LAST_WORDS = 300;

/** How long a process may take to end once it was sent SIGTERM, or closed its output. */
const TERM_MS = 1000;

/** How long its pipes may stay open once it has ended, if it left them to another process. */
const PIPE_MS = 500;

/** What is needed of a child process. */
export type PluginChild = Pick<
  Deno.ChildProcess,
  "pid" | "stdin" | "stdout" | "stderr" | "status" | "kill"
>;

/** What is needed of how it was started. */
export type ChildPluginOptions = Pick<
  SpawnPluginOptions,
  "plugin" | "host" | "onStderr" | "stderrBytesPerSecond" | "logger" | "callTimeoutMs"
>;

/** A plugin in a child process. */
export class ChildPlugin implements PluginProcess {
  readonly plugin: string;
  readonly tools: PluginTools;
  readonly channel: PluginChannel;
  readonly provider: PluginProvider;
  readonly exited: Promise<PluginExit>;
  readonly #child: PluginChild;
  readonly #pipe: ChildPipe;
  readonly #stderr: ReadableStreamDefaultReader<Uint8Array>;
  readonly #logger: PluginLogger | undefined;
  readonly #connection: FrameConnection;
  readonly #remote: RemotePlugin;
  /** Makes calls also while the others are refused. */
  readonly #lastRemote: RemotePlugin;
  readonly #ended = Promise.withResolvers<void>();
  #fault: PluginError | undefined;
  /** What it last wrote to stderr, as long as it knows no secret. */
  #lastWords = "";
  #initialised = false;
  #stopped: Promise<PluginExit> | undefined;

  constructor(child: PluginChild, options: ChildPluginOptions) {
    const { plugin, callTimeoutMs = CALL_TIMEOUT_MS } = options;
    this.plugin = plugin;
    this.#child = child;
    this.#pipe = new ChildPipe(child);
    this.#stderr = child.stderr.getReader();
    this.#logger = options.logger;
    this.#connection = this.#connect(options);
    const failures = callFailures(plugin);
    const caller = new RpcCaller(this.#connection, failures, () => this.#refusal());
    const lastCaller = new RpcCaller(this.#connection, failures);
    this.#remote = new RemotePlugin({ plugin, caller, callTimeoutMs });
    this.#lastRemote = new RemotePlugin({ plugin, caller: lastCaller, callTimeoutMs });
    this.tools = remoteTools(this.#remote);
    this.channel = remoteChannel(this.#remote);
    this.provider = remoteProvider(this.#remote);
    callers.set(this, caller);
    this.exited = this.#watch(this.#readStderr(options));
  }

  get pid(): number {
    return this.#child.pid;
  }

  init(config: JsonObject, options?: PluginCallOptions): Promise<void> {
    this.#initialised = true;
    this.#lastWords = "";
    return callInit(this.#remote, config, options);
  }

  health(options?: PluginCallOptions): Promise<PluginHealth> {
    return callHealth(this.#remote, options);
  }

  stop(options: StopPluginOptions = {}): Promise<PluginExit> {
    this.#stopped ??= this.#stop(options.graceMs ?? GRACE_MS);
    return this.#stopped;
  }

  kill(): void {
    this.#stopped ??= this.exited;
    this.#signal("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #connect({ host }: ChildPluginOptions): FrameConnection {
    const services = host === undefined ? [] : [hostService(host)];
    const connection: FrameConnection = new FrameConnection({
      side: "host",
      pipe: this.#pipe,
      serve: serveServices(services, {
        toFailure: hostFailure,
        onBreach: (error) => connection.breach(error),
      }),
      onEnd: (error) => error === undefined ? this.#outputEnded() : this.#fail(error),
    });
    return connection;
  }

  /** The other side broke the protocol: it is ended, and every call with it. */
  #fail(cause: ProtocolError): void {
    const code = cause.version === undefined ? "protocol" : "unsupported";
    const message = `Cannot go on with plugin "${this.plugin}": ${cause.message}`;
    this.#fault = new PluginError(code, message, { plugin: this.plugin, cause });
    this.#logger?.warn("plugin broke the protocol", { plugin: this.plugin, why: cause.message });
    this.#connection.close(this.#fault);
    this.#signal("SIGKILL");
  }

  /** A process that can say nothing more is of no use: if it does not end by itself, it is ended. */
  async #outputEnded(): Promise<void> {
    if (!await settles(this.#ended.promise, TERM_MS)) this.#signal("SIGKILL");
  }

  #refusal(): PluginError | undefined {
    if (this.#stopped === undefined) return undefined;
    return this.#fault ?? this.#error("closed", "call", "it was stopped");
  }

  async #watch(stderrEnded: Promise<void>): Promise<PluginExit> {
    const { code, signal } = await this.#child.status;
    this.#ended.resolve();
    await settles(Promise.all([this.#pipe.ended, stderrEnded]), PIPE_MS);
    this.#pipe.abandon();
    await this.#stderr.cancel();
    const error = this.#fault ??
      (this.#stopped === undefined ? this.#crash(code, signal) : undefined);
    this.#connection.close(error ?? this.#error("closed", "call", "it was stopped"));
    this.#logger?.debug("plugin ended", { plugin: this.plugin, code, signal: signal ?? undefined });
    return { code, signal: signal ?? undefined, error };
  }

  #crash(code: number, signal: Deno.Signal | null): PluginError {
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const words = this.#lastWords === "" ? "" : ` after writing: ${this.#lastWords}`;
    return this.#error("crashed", "go on with", `its process ended ${how}${words}`);
  }

  async #stop(graceMs: number): Promise<PluginExit> {
    const start = performance.now();
    await this.#shutdown(Math.max(1, graceMs));
    this.#connection.close(this.#error("closed", "call", "it was stopped"));
    const restMs = Math.max(0, graceMs - (performance.now() - start));
    if (!await settles(this.exited, restMs)) this.#signal("SIGTERM");
    if (!await settles(this.exited, TERM_MS)) this.#signal("SIGKILL");
    return await this.exited;
  }

  async #shutdown(timeoutMs: number): Promise<void> {
    try {
      await callShutdown(this.#lastRemote, timeoutMs);
    } catch (error) {
      this.#logger?.warn("plugin did not shut down", { plugin: this.plugin, error: String(error) });
    }
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has already ended.
    }
  }

  async #readStderr(options: ChildPluginOptions): Promise<void> {
    const { onStderr = () => {}, stderrBytesPerSecond = STDERR_BYTES_PER_SECOND } = options;
    const lines = new StderrLines({
      onLine: (line) => this.#takeLine(line, onStderr),
      bytesPerSecond: stderrBytesPerSecond,
      now: () => performance.now(),
    });
    for (let next = await this.#stderr.read(); !next.done; next = await this.#stderr.read()) {
      const restMs = lines.push(next.value);
      if (restMs > 0) await settles(this.#ended.promise, restMs);
    }
    lines.end();
  }

  #takeLine(line: string, onStderr: (line: string) => void): void {
    if (!this.#initialised && line !== "") this.#lastWords = line.slice(0, MAX_LAST_WORDS);
    try {
      onStderr(line);
    } catch (error) { // Or nobody would read on, and the plugin would wait for ever.
      this.#logger?.error("plugin stderr lost", { plugin: this.plugin, error: String(error) });
    }
  }

  #error(code: "failed" | "crashed" | "closed", doWhat: string, why: string): PluginError {
    const message = `Cannot ${doWhat} plugin "${this.plugin}": ${why}`;
    return new PluginError(code, message, { plugin: this.plugin });
  }
}
