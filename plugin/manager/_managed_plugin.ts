// SPDX-License-Identifier: Apache-2.0

import { PluginError, type PluginErrorCode } from "../errors.ts";
import { describeManifest } from "../install/describe_manifest.ts";
import { inspectPlugin, type PluginInspection } from "../install/inspect_plugin.ts";
import { PluginLifecycle, type PluginState } from "../lifecycle.ts";
import type { Manifest } from "../manifest.ts";
import type { PluginExit, PluginHealth, PluginProcess } from "../process/plugin_process.ts";
import type { Tool } from "../tool.ts";
import { parseDuration } from "../units.ts";
import { readIfThere } from "../_read_if_there.ts";
import { checkApproval, restoreApproval, writeApproval } from "./_approval.ts";
import { CallGate } from "./_call_gate.ts";
import type { ManagerContext } from "./_context.ts";
import { type LaunchedPlugin, launchPlugin } from "./_launch_plugin.ts";
import { LogRing } from "./_log_ring.ts";
import type { PluginApproval, PluginExamination, PluginStatus } from "./plugin_manager.ts";
import type { PluginSettings } from "./plugin_settings.ts";
import { describeTools } from "./_plugin_tools.ts";
import { approvalPath, type PreparedPlugin, preparePlugin } from "./_prepare_plugin.ts";
import { redactor } from "./_redact.ts";
import { VolumeGuard } from "./_volume_guard.ts";
import { RestartPolicy } from "./_restart_policy.ts";
import { SerialQueue } from "./_serial_queue.ts";

const LOG_LINES = 1000;
const DEFAULT_GRACE = "5s";
const NEVER = new AbortController().signal;

/** The failures at a start that may have passed a moment later. */
const PASSING: readonly PluginErrorCode[] = ["crashed", "failed", "timeout", "unavailable"];

/** A plugin that runs. A skill has no process. */
interface Run {
  readonly prepared: PreparedPlugin;
  readonly launched: LaunchedPlugin | undefined;
  readonly startedAt: Date;
  /** Knows how full its volumes are. */
  readonly volumes: VolumeGuard;
  /** Aborts when the run ends, for whatever reason. */
  readonly ending: AbortController;
}

/** What a plugin is made of. */
export interface ManagedPluginOptions {
  /** Its name. */
  readonly name: string;
  /** Its folder. */
  readonly directory: string;
  /** What has been set for it. */
  readonly settings: PluginSettings;
  /** What all plugins share. */
  readonly context: ManagerContext;
}

/** One plugin and its life. What changes its state happens one after the other. */
export class ManagedPlugin {
  readonly name: string;
  readonly directory: string;
  readonly #context: ManagerContext;
  readonly #lifecycle: PluginLifecycle;
  readonly #gate: CallGate;
  readonly #logs = new LogRing(LOG_LINES);
  readonly #restarts: RestartPolicy;
  readonly #serial = new SerialQueue();
  #settings: PluginSettings;
  #redact: (text: string) => string;
  #run: Run | undefined;
  #manifest: Manifest | undefined;
  #hash: string | undefined;
  #tools: readonly Tool[] = [];
  #health: PluginStatus["health"];
  #lastError: PluginError | undefined;
  #pendingRestart: AbortController | undefined;

  constructor({ name, directory, settings, context }: ManagedPluginOptions) {
    this.name = name;
    this.directory = directory;
    this.#context = context;
    this.#settings = settings;
    this.#redact = redactor(settings.config ?? {});
    this.#restarts = new RestartPolicy(context.timing.restart);
    this.#gate = new CallGate(this.#error("unavailable", "it is not started"));
    this.#lifecycle = new PluginLifecycle(name, (to, from) => {
      context.logger.debug("plugin moved", { plugin: name, from, to });
    });
  }

  /** Where it is in its life. */
  get state(): PluginState {
    return this.#lifecycle.state;
  }

  /** What has been set for it. */
  get settings(): PluginSettings {
    return this.#settings;
  }

  /** Its manifest, as it was loaded last. */
  get manifest(): Manifest | undefined {
    return this.#manifest;
  }

  /** Its tools; while it is replaced, those that it had. */
  get tools(): readonly Tool[] {
    return this.#tools;
  }

  /** The last lines of its log, the oldest first. */
  logs(limit: number): ReturnType<LogRing["last"]> {
    return this.#logs.last(limit);
  }

  /** How it is. */
  status(): PluginStatus {
    const { version, type, execution } = this.#manifest ?? {};
    return {
      name: this.name,
      directory: this.directory,
      state: this.state,
      enabled: this.#settings.enabled,
      version,
      type,
      tier: execution?.tier,
      hash: this.#hash,
      asks: this.#manifest === undefined ? [] : describeManifest(this.#manifest),
      tools: this.#tools.map(({ definition }) => definition.name),
      pid: this.#run?.launched?.process.pid,
      startedAt: this.#run?.startedAt,
      crashes: this.#restarts.crashes,
      callsUnderWay: this.#gate.underWay,
      health: this.#health,
      lastError: this.#lastError,
    };
  }

  /** Takes the manifest of a plugin that is not started. */
  discovered(manifest: Manifest | undefined): void {
    if (this.#run === undefined) this.#manifest = manifest;
  }

  /** Says why it cannot be started. */
  refuse(error: PluginError): Promise<void> {
    return this.#serial.run(async () => {
      if (this.#run !== undefined) return;
      this.#lifecycle.moveTo("validating");
      await this.#fail(error);
    });
  }

  /** Starts it, unless it runs. Never rejects: when it fails, its status says why. */
  start(): Promise<void> {
    return this.#serial.run(async () => {
      if (this.#run !== undefined) return;
      this.#restarts.reset();
      this.#cancelRestart();
      await this.#tryToBringUp();
    });
  }

  /** Stops it: lets calls under way finish for a while, then ends the process. */
  stop(): Promise<void> {
    return this.#serial.run(async () => {
      this.#cancelRestart();
      this.#gate.refuse(this.#error("closed", "it has been stopped"));
      this.#tools = [];
      const run = this.#run;
      if (run !== undefined) await this.#takeDown(run, graceOf(run), NEVER);
      else if (this.#lifecycle.canMoveTo("stopped")) this.#lifecycle.moveTo("stopped");
    });
  }

  /**
   * Loads it anew from its files and settings. Calls under way finish, new ones wait.
   *
   * @throws {PluginError} When it cannot be loaded. If it ran and its new files or settings are
   * refused, it goes on as it was.
   */
  reload(settings: PluginSettings = this.#settings): Promise<void> {
    return this.#serial.run(async () => {
      this.#settings = settings;
      this.#redact = redactor(settings.config ?? {});
      this.#restarts.reset();
      this.#cancelRestart();
      await this.#replace();
      if (this.state === "error" && this.#lastError !== undefined) throw this.#lastError;
    });
  }

  /** What its files ask for now, whether or not it runs. */
  async examine(): Promise<PluginExamination> {
    const inspection = await this.#inspect();
    const approval = await checkApproval(approvalPath(this.name, this.#context), inspection);
    const { hash, asks } = inspection;
    return { hash, asks, isApproved: approval.status === "approved" };
  }

  /** Approves its files as they are now, if they still have the hash that was shown. */
  async approve(hash: string | undefined): Promise<PluginApproval> {
    const inspection = await this.#inspect();
    if (hash !== undefined && hash !== inspection.hash) {
      throw this.#error("unapproved", "its files have changed since they were shown");
    }
    const before = await readIfThere(approvalPath(this.name, this.#context));
    await this.#approve(inspection);
    return { hash: inspection.hash, undo: () => this.#undoApproval(inspection, before) };
  }

  /** Sets what is to hold from its next start. */
  configure(settings: PluginSettings): void {
    this.#settings = settings;
    this.#redact = redactor(settings.config ?? {});
  }

  /** Runs a call: waits while the plugin is replaced, and is waited for when it is to be. */
  async *call<T>(
    signal: AbortSignal,
    run: (process: PluginProcess) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    await this.#gate.enter(signal);
    try {
      const process = this.#run?.launched?.process;
      if (process === undefined) throw this.#error("unavailable", "it has no process");
      yield* run(process);
    } finally {
      this.#run?.volumes.used();
      this.#gate.leave();
    }
  }

  /** Waits until it runs, and gives its process. A long stream over it is not waited for. */
  async opened(signal: AbortSignal): Promise<PluginProcess> {
    for (;;) {
      await this.#gate.opened(signal);
      const process = this.#run?.launched?.process;
      if (process !== undefined) return process;
    }
  }

  /** Writes a line into its log. */
  log(text: string, source: "plugin" | "manager" = "manager"): void {
    this.#logs.add({ time: this.#context.now(), source, text: this.#redact(text) });
  }

  /** Writes a line into its log and the manager's. */
  warn(message: string): void {
    this.log(message);
    this.#context.logger.warn("plugin warning", { plugin: this.name, message });
  }

  async #replace(): Promise<void> {
    const old = this.#run;
    if (old === undefined) return await this.#bringUp();
    const prepared = await this.#prepare().catch((error) => {
      this.#lastError = this.#toPluginError(error);
      this.log(`Goes on as it was: ${this.#lastError.message}`);
      throw this.#lastError;
    });
    this.#gate.hold();
    const { timing, signal } = this.#context;
    await this.#takeDown(old, timing.drainTimeoutMs, signal);
    if (!signal.aborted) await this.#bringUp(prepared);
  }

  /** Brings it up, and tries again later when the reason of a failure may pass. */
  async #tryToBringUp(): Promise<void> {
    await this.#bringUp();
    if (this.#lastError === undefined || !PASSING.includes(this.#lastError.code)) return;
    const delayMs = this.#restarts.crashed(this.#context.now());
    this.log(delayMs === undefined ? "Stays down" : `Starts again in ${delayMs} ms`);
    if (delayMs !== undefined) this.#restartLater(delayMs);
  }

  #inspect(): Promise<PluginInspection> {
    const { signal, dataDirectory: temporaryDirectory } = this.#context;
    return inspectPlugin(this.directory, { signal, temporaryDirectory });
  }

  async #approve(inspection: PluginInspection): Promise<void> {
    await writeApproval(approvalPath(this.name, this.#context), inspection);
    const { hash, manifest: { version } } = inspection;
    await this.#record("plugin.approve", "ok", { hash, version });
  }

  async #undoApproval(inspection: PluginInspection, before: string | undefined): Promise<void> {
    const path = approvalPath(this.name, this.#context);
    if (!await restoreApproval(path, inspection, before)) return;
    const { hash, manifest: { version } } = inspection;
    await this.#record("plugin.approve", "undone", { hash, version });
  }

  #prepare(): Promise<PreparedPlugin> {
    return preparePlugin(this.name, this.directory, this.#settings, this.#context);
  }

  async #bringUp(given?: PreparedPlugin): Promise<void> {
    const ending = new AbortController();
    try {
      this.#lifecycle.moveTo("validating");
      const prepared = given ?? await this.#prepare();
      if (prepared.isNew) await this.#approve(prepared.inspection);
      this.#manifest = prepared.inspection.manifest;
      this.#hash = prepared.inspection.hash;
      this.#lifecycle.moveTo("loading");
      this.#gate.hold();
      const volumes = this.#guardVolumes(prepared);
      await volumes.check(ending.signal);
      const launched = await this.#launch(prepared, ending.signal);
      this.#run = { prepared, launched, ending, volumes, startedAt: this.#context.now() };
      await this.#nowRunning(this.#run);
    } catch (error) {
      ending.abort();
      await this.#fail(this.#toPluginError(error));
    }
  }

  async #launch(
    prepared: PreparedPlugin,
    ending: AbortSignal,
  ): Promise<LaunchedPlugin | undefined> {
    const { manifest } = prepared.inspection;
    if (manifest.type === "skill") return undefined;
    const signal = AbortSignal.any([ending, this.#context.signal]);
    const onStderr = (line: string) => this.#onStderr(line);
    await using opened = new AsyncDisposableStack();
    const launched = opened.use(
      await launchPlugin(prepared, this.#context, { onStderr, signal }),
    );
    this.#tools = manifest.type === "tool"
      ? await describeTools(this, launched.process, this.#context.timing.callTimeoutMs)
      : [];
    opened.move();
    return launched;
  }

  async #nowRunning(run: Run): Promise<void> {
    this.#lifecycle.moveTo("running");
    this.#lastError = undefined;
    this.#health = undefined;
    this.#gate.open();
    await this.#record("plugin.start", "ok", { version: run.prepared.inspection.manifest.version });
    this.#context.onRunning(this.name);
    const process = run.launched?.process;
    if (process === undefined) return;
    process.exited.then((exit) => this.#serial.run(() => this.#onExit(run, exit)));
    this.#watchHealth(run, process);
    run.volumes.watch(run.ending.signal).catch((error) => {
      return this.#serial.run(() => this.#onVolumes(run, error));
    });
  }

  /** Ends a run whose new calls are held or refused already. */
  async #takeDown(run: Run, drainMs: number, cut: AbortSignal): Promise<void> {
    const { process } = run.launched ?? {};
    this.#lifecycle.moveTo("draining");
    await this.#drain(drainMs, cut);
    this.#lifecycle.moveTo("stopping");
    run.ending.abort();
    await process?.stop({ graceMs: graceOf(run) });
    await run.launched?.[Symbol.asyncDispose]();
    this.#run = undefined;
    this.#lifecycle.moveTo("stopped");
    await this.#record("plugin.stop", "ok", {});
  }

  /** Waits for the calls under way, but not for ever. */
  async #drain(drainMs: number, cut: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const signal = AbortSignal.any([enough.signal, cut]);
    const late = this.#context.delay(drainMs, signal);
    await Promise.allSettled([Promise.race([late, this.#gate.drained(signal)])]);
    enough.abort();
  }

  async #fail(error: PluginError): Promise<void> {
    this.#lastError = error;
    this.#tools = [];
    this.#gate.refuse(error);
    this.#lifecycle.moveTo("error");
    this.log(error.message);
    this.#context.logger.error("plugin failed", {
      plugin: this.name,
      code: error.code,
      message: error.message,
    });
    await this.#record("plugin.error", "error", { code: error.code, reason: error.message });
  }

  async #onExit(run: Run, exit: PluginExit): Promise<void> {
    if (this.#run !== run) return;
    run.ending.abort();
    this.#run = undefined;
    await run.launched?.[Symbol.asyncDispose]();
    const delayMs = this.#restarts.crashed(this.#context.now());
    const how = exit.signal === undefined ? `with code ${exit.code}` : `by ${exit.signal}`;
    const next = delayMs === undefined ? "and stays down" : `and restarts in ${delayMs} ms`;
    await this.#record("plugin.crash", "error", { exit: how });
    await this.#fail(this.#error("crashed", `its process ended ${how} ${next}`, exit.error));
    if (delayMs !== undefined) this.#restartLater(delayMs);
  }

  #guardVolumes({ inspection: { manifest }, filesDirectory }: PreparedPlugin): VolumeGuard {
    const { delay, timing: { volumeIntervalMs, volumeRestMs } } = this.#context;
    return new VolumeGuard({
      manifest,
      dataDirectory: filesDirectory,
      intervalMs: volumeIntervalMs,
      restMs: volumeRestMs,
      delay,
      warn: (message) => this.warn(message),
    });
  }

  /** A plugin that keeps too much is ended, and not started again by itself. */
  async #onVolumes(run: Run, error: unknown): Promise<void> {
    if (this.#run !== run || run.ending.signal.aborted) return;
    run.ending.abort();
    this.#run = undefined;
    run.launched?.process.kill();
    await run.launched?.[Symbol.asyncDispose]();
    const failure = this.#toPluginError(error);
    await this.#record("plugin.limit", "error", { reason: failure.message });
    await this.#fail(failure);
  }

  #restartLater(delayMs: number): void {
    const pending = new AbortController();
    this.#pendingRestart = pending;
    const signal = AbortSignal.any([pending.signal, this.#context.signal]);
    const restart = () =>
      this.#serial.run(async () => {
        if (this.#run === undefined && !signal.aborted) await this.#tryToBringUp();
      });
    this.#context.delay(delayMs, signal).then(restart, () => {});
  }

  #cancelRestart(): void {
    this.#pendingRestart?.abort();
    this.#pendingRestart = undefined;
  }

  /** Asks now and then how the plugin is, and ends a process that is ill for long. */
  async #watchHealth(run: Run, process: PluginProcess): Promise<void> {
    const { delay, timing, signal: closing } = this.#context;
    const signal = AbortSignal.any([run.ending.signal, closing]);
    for (let failed = 0; failed < timing.maxFailedChecks;) {
      await delay(timing.healthIntervalMs, signal).catch(() => {});
      if (signal.aborted) return;
      const health = await this.#askHealth(process, signal);
      if (signal.aborted) return;
      this.#health = { ...health, checkedAt: this.#context.now() };
      failed = health.status === "unhealthy" ? failed + 1 : 0;
      if (failed > 0) this.warn(`Unhealthy, ${failed} in a row: ${this.#redact(health.message)}`);
    }
    this.warn("Ended: it was unhealthy for too long");
    process.kill();
  }

  async #askHealth(process: PluginProcess, signal: AbortSignal): Promise<PluginHealth> {
    try {
      return await process.health({ timeoutMs: this.#context.timing.callTimeoutMs, signal });
    } catch (error) {
      return { status: "unhealthy", message: error instanceof Error ? error.message : "" };
    }
  }

  #onStderr(line: string): void {
    this.log(line, "plugin");
    this.#context.logger.info("plugin stderr", { plugin: this.name, line: this.#redact(line) });
  }

  async #record(action: string, result: string, details: Record<string, string>): Promise<void> {
    const { audit, now, logger } = this.#context;
    const where = { actor: this.name, plugin: this.name, workspaceId: "", sessionId: "" };
    const entry = { id: crypto.randomUUID(), timestamp: now(), action, result, details, ...where };
    await audit.append(entry).catch((error) => {
      logger.error("audit failed", { plugin: this.name, action, error });
    });
  }

  #error(code: PluginError["code"], reason: string, cause?: unknown): PluginError {
    const message = `Cannot use plugin "${this.name}": ${reason}`;
    return new PluginError(code, message, { plugin: this.name, cause });
  }

  /** What a plugin says when it fails may hold what it was told in confidence. */
  #toPluginError(error: unknown): PluginError {
    const message = this.#redact(error instanceof Error ? error.message : String(error));
    if (!(error instanceof PluginError)) return this.#error("unavailable", message);
    const { code, issues, plugin = this.name } = error;
    return new PluginError(code, message, { plugin, issues });
  }
}

function graceOf({ prepared }: Run): number {
  const { lifecycle } = prepared.inspection.manifest;
  return parseDuration(lifecycle?.graceful_shutdown_timeout ?? DEFAULT_GRACE);
}
