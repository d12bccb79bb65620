// SPDX-License-Identifier: Apache-2.0

import type { AuditSink } from "../audit_sink.ts";
import type { Enforcer } from "../enforcer.ts";
import type { Manifest } from "../manifest.ts";
import type {
  PluginHostCallOptions,
  PluginLogger,
  PluginOutboundMessage,
  SandboxLayer,
  SpawnPlugin,
} from "../process/plugin_process.ts";
import type { SpawnContainer } from "../process/spawn_container.ts";
import type { Delay } from "./_delay.ts";
import type { RestartSettings } from "./_restart_policy.ts";

/** How patient the manager is. */
export interface ManagerTiming {
  /** How long a process may take to answer its first Health, in milliseconds. */
  readonly startTimeoutMs: number;
  /** How long the time between two checks of health is. */
  readonly healthIntervalMs: number;
  /** How long a check of health, Init and Describe may take each. */
  readonly callTimeoutMs: number;
  /** After how many failed checks in a row a process is ended. */
  readonly maxFailedChecks: number;
  /** How long calls under way may go on when a plugin is replaced. */
  readonly drainTimeoutMs: number;
  /** How long the time between two looks at how full its volumes are is. */
  readonly volumeIntervalMs: number;
  /** How soon after a call volumes are looked at. */
  readonly volumeRestMs: number;
  /** How long files must rest before a plugin is loaded anew. */
  readonly settleMs: number;
  /** How often and how soon a plugin that crashes is started again. */
  readonly restart: RestartSettings;
}

/** What every plugin shares. */
export interface ManagerContext {
  /** Where each plugin has a folder of its own for what it keeps. */
  readonly dataDirectory: string;
  /** The version of Sigil. */
  readonly engineVersion: string;
  /** What no plugin may reach. */
  readonly forbidden: readonly string[];
  /** The gateway's proxy, if any. */
  readonly proxy: string | undefined;
  /** How much memory any plugin may use, in bytes. */
  readonly maxMemoryBytes: number | undefined;
  /** The layers around a process. */
  readonly layers: readonly SandboxLayer[];
  /** Starts a process. */
  readonly spawn: SpawnPlugin;
  /** Starts a container, if any may be started. */
  readonly spawnContainer: SpawnContainer | undefined;
  /** Decides on what plugins ask of the gateway. */
  readonly enforcer: Pick<Enforcer, "enforce">;
  /** Where the life of plugins is recorded. */
  readonly audit: AuditSink;
  /** Where it is told what happens. */
  readonly logger: PluginLogger;
  /** How patient it is. */
  readonly timing: ManagerTiming;
  /** Aborts when the manager closes. */
  readonly signal: AbortSignal;
  /** Tells the time. */
  now(): Date;
  /** Waits. */
  readonly delay: Delay;
  /** Throws when a plugin needs another that does not run. */
  checkNeeds(manifest: Manifest): void;
  /** Takes that a plugin runs now. */
  onRunning(plugin: string): void;
  /** Sends a message through the channel of that name. */
  sendMessage(message: PluginOutboundMessage, options: PluginHostCallOptions): Promise<string>;
}
