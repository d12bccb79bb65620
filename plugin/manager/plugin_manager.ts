// SPDX-License-Identifier: Apache-2.0

import type { PluginErrorCode } from "../errors.ts";
import type { AccessRules } from "../enforcer.ts";
import type { PluginState } from "../lifecycle.ts";
import type { ExecutionTier, Manifest, PluginType } from "../manifest.ts";
import type { PluginHealth } from "../process/plugin_process.ts";
import type { Tool } from "../tool.ts";
import type { PluginLogLine } from "./_log_ring.ts";
import type { ManagedChannel } from "./managed_channel.ts";
import type { ManagedProvider } from "./managed_provider.ts";
import type { PluginsConfig } from "./plugin_settings.ts";

/** Why a plugin cannot run. */
export interface PluginFailure {
  /** As a stable word. */
  readonly code: PluginErrorCode;
  /** In a sentence. Never a secret. */
  readonly message: string;
}

/** How a plugin is. */
export interface PluginStatus {
  /** Its name; that of its folder when its manifest cannot be read. */
  readonly name: string;
  /** Its folder. */
  readonly directory: string;
  /** Where it is in its life. */
  readonly state: PluginState;
  /** Whether it is to run. */
  readonly enabled: boolean;
  /** Its version, if its manifest can be read; so the next ones. */
  readonly version: string | undefined;
  /** What it brings. */
  readonly type: PluginType | undefined;
  /** How it is kept apart. */
  readonly tier: ExecutionTier | undefined;
  /** The hash of its files when they were loaded last. */
  readonly hash: string | undefined;
  /** What it asks for, in sentences. */
  readonly asks: readonly string[];
  /** The names of its tools, as the agent knows them. */
  readonly tools: readonly string[];
  /** The id of its process while it has one. */
  readonly pid: number | undefined;
  /** When it was started. */
  readonly startedAt: Date | undefined;
  /** How often it crashed lately. */
  readonly crashes: number;
  /** How many calls are under way. */
  readonly callsUnderWay: number;
  /** What it said at the last check; nothing before the first one. */
  readonly health: (PluginHealth & { readonly checkedAt: Date }) | undefined;
  /** Why it does not run, or why its new files or settings were refused; nothing when all is well. */
  readonly lastError: PluginFailure | undefined;
}

/** What the files of a plugin ask for. */
export interface PluginExamination {
  /** Their hash. */
  readonly hash: string;
  /** What they ask for, in sentences. */
  readonly asks: readonly string[];
  /** Whether that may be run: somebody approved it. */
  readonly isApproved: boolean;
}

/** What was approved, and a way back. */
export interface PluginApproval {
  /** The hash of what is approved now. */
  readonly hash: string;
  /**
   * Takes it back, as when the plugin could not be started: what was approved before is so again,
   * unless something else has been approved since. What runs goes on.
   */
  undo(): Promise<void>;
}

/** Options of {@linkcode PluginManager.logs}. */
export interface PluginLogOptions {
  /**
   * How many lines to give; at most 1000 are kept.
   *
   * @default {100}
   */
  readonly limit?: number | undefined;
}

/** Finds, starts, watches, replaces and stops plugins. */
export interface PluginManager extends AsyncDisposable {
  /** Resolves when each plugin that is to run does, or has failed. Never rejects. */
  readonly ready: Promise<void>;
  /** Tells how all plugins are, by name. */
  list(): readonly PluginStatus[];
  /**
   * Tells how a plugin is.
   *
   * @throws {PluginError} With code `not_found`.
   */
  get(name: string): PluginStatus;
  /**
   * Gives the manifest of a plugin, as it was loaded last; nothing when it cannot be read.
   *
   * @throws {PluginError} With code `not_found`.
   */
  manifest(name: string): Manifest | undefined;
  /** What a plugin asks to do, for the policy of an enforcer; nothing for one that does not run. */
  rules(name: string): AccessRules | undefined;
  /**
   * The tools of all plugins that run, under qualified names such as `notes__find`.
   *
   * A call waits while its plugin is replaced. When the process ends, the call fails with code `crashed`.
   */
  tools(): readonly Tool[];
  /** The channels of all enabled plugins that bring one. They go on over restarts. */
  channels(): readonly ManagedChannel[];
  /** The providers of all enabled plugins that bring one, each by the plugin's name. They go on over restarts. */
  providers(): readonly ManagedProvider[];
  /**
   * The last lines that a plugin wrote to stderr and the manager about it, the oldest first.
   *
   * @throws {PluginError} With code `not_found`.
   */
  logs(name: string, options?: PluginLogOptions): readonly PluginLogLine[];
  /**
   * Tells what the files of a plugin ask for now, whether or not it runs. Nothing of it is run.
   *
   * @throws {PluginError} With code `not_found`, and with the code of what is wrong with them.
   */
  examine(name: string): Promise<PluginExamination>;
  /**
   * Approves the files of a plugin as they are now. It is neither enabled nor started by that.
   *
   * A plugin that is enabled approves by its first start what it is then. From then on other files are
   * refused with code `unapproved`, unless the approved manifest says `hot_reload` and the new one asks
   * for nothing more.
   *
   * @param hash That of the files that somebody has looked at; whatever is there when absent.
   * @throws {PluginError} With code `not_found`; `unapproved` when the files have another hash; and with
   * the code of what is wrong with them.
   */
  approve(name: string, hash?: string): Promise<PluginApproval>;
  /**
   * Loads a plugin anew. Calls under way finish, new ones wait.
   *
   * @throws {PluginError} With code `not_found`; `invalid_state` when it is not enabled; and with the
   * code of what is wrong when it cannot be loaded. If it ran and its new files are refused, it goes
   * on as it was.
   */
  reload(name: string): Promise<PluginStatus>;
  /**
   * Takes new settings: starts what is now enabled, stops what no longer is, loads anew what changed,
   * leaves the others alone, and looks for plugins that were added or removed. Never rejects for a
   * plugin that fails: its status says why.
   */
  configure(config: PluginsConfig): Promise<void>;
  /** Stops every plugin, those that others need last. Calling it again does nothing more. */
  close(): Promise<void>;
}
