// SPDX-License-Identifier: Apache-2.0

import type { Agent } from "@sigil/agent";
import type { ModelInfo, ProviderStatus, Router } from "@sigil/provider";
import type { GatewayStore, WorkspaceStores } from "@sigil/store";
import type { Answers } from "./answers.ts";
import type { PairingCodes } from "./channels/pairing_codes.ts";
import type { Clock } from "./clock.ts";
import type { Identity } from "./identity.ts";
import type { Limits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Recorder } from "./recorder.ts";
import type { TurnHub } from "./turn_hub.ts";

/** A workspace as the gateway shows it. */
export interface WorkspaceView {
  /** Names it. */
  readonly id: string;
  /** What it is for. */
  readonly description: string;
  /** The users who may use it; every user when absent. */
  readonly members?: readonly string[] | undefined;
  /** Its model; empty for the default. */
  readonly model: string;
}

/** What the gateway needs of the configuration, as it is now. */
export interface ConfigView {
  /** The workspace of who names none. */
  readonly defaultWorkspaceId: string;
  /** The workspaces. */
  readonly workspaces: readonly WorkspaceView[];
  /** The whole configuration without secrets. */
  readonly redacted: Readonly<Record<string, unknown>>;
}

/** Finds a provider for a model, knows the models, and how their providers are. */
export interface ModelRouter extends Router {
  /** Lists the models of every provider that answers, with `provider/model` as their id. */
  listModels(
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly ModelInfo[]>;
  /** Tells how every provider is. Asks nobody. */
  status(): readonly ProviderStatus[];
}

/** A plugin as the gateway shows it. */
export interface PluginView {
  /** Names it. */
  readonly name: string;
  /** Its version; empty when its manifest cannot be read. */
  readonly version: string;
  /** What kind it is; empty when its manifest cannot be read. */
  readonly type: string;
  /** The state of its life, such as `running`. */
  readonly state: string;
  /** Whether the configuration enables it. */
  readonly enabled: boolean;
  /** Its folder. */
  readonly directory: string;
  /** The patterns of what it may do. */
  readonly capabilities: readonly string[];
  /** What it asks for, in sentences. */
  readonly asks: readonly string[];
  /** Its tools, by the names that the agent knows. */
  readonly tools: readonly string[];
  /** The hash of its files when they were loaded last; empty before that. */
  readonly hash: string;
  /** How often it crashed lately. */
  readonly crashes: number;
  /** What went wrong, if something did; else empty. */
  readonly message: string;
  /** Whether it is enabled and its folder is not there: what runs of it does not start again. */
  readonly isFolderGone: boolean;
}

/** A line of a plugin's log. */
export interface PluginLogEntry {
  /** When it was written. */
  readonly time: Date;
  /** Who wrote it: the plugin, to stderr, or what manages it. */
  readonly source: "plugin" | "manager";
  /** The line. */
  readonly text: string;
}

/** What the files of a plugin ask for. */
export interface PluginFilesView {
  /** Their hash. */
  readonly hash: string;
  /** What they ask for, in sentences. */
  readonly asks: readonly string[];
  /** Whether somebody approved that they are run. */
  readonly isApproved: boolean;
}

/** Looks after plugins. */
export interface PluginAdmin {
  /** Lists the plugins. */
  list(): Promise<readonly PluginView[]>;
  /** Gives one; undefined when there is none of that name. */
  find(name: string): Promise<PluginView | undefined>;
  /**
   * Loads one again.
   *
   * @throws {GatewayError} With code `plugin_failed`.
   */
  reload(name: string): Promise<void>;
  /** Gives the last lines of one's log, the oldest first. */
  logs(name: string, limit: number): Promise<readonly PluginLogEntry[]>;
  /**
   * Tells what the files of one ask for now, whether or not it runs.
   *
   * @throws {GatewayError} With code `plugin_failed` when they are refused.
   */
  examine(name: string): Promise<PluginFilesView>;
  /**
   * Enables or disables one, now and in the configuration file. To enable it approves its files; one
   * that is enabled already is loaded again if they are others. One that does not start is left as it was,
   * in the file and in what is approved.
   *
   * @param hash That of the files that were shown to whoever enables it; any will do when absent.
   * @throws {GatewayError} With code `unsupported` when there is no such file, `plugin_failed` when its
   * files are refused, or are no longer those that were shown, or when it does not start.
   */
  setEnabled(name: string, enabled: boolean, hash?: string): Promise<void>;
}

/** The stores of a workspace that can be looked into. */
export type ShownStores = Pick<WorkspaceStores, "sessions" | "memory">;

/** A session that was deleted. */
export interface DeletedSession {
  /** The workspace that it was in. */
  readonly workspaceId: string;
  /** Its name. */
  readonly sessionId: string;
}

/** The parts that the HTTP surface puts together. Whoever made them closes them. */
export interface GatewayParts {
  /** Answers people. */
  readonly agent: Agent;
  /** Finds a provider for a model. */
  readonly router: ModelRouter;
  /** Keeps users, pairings and the audit log. */
  readonly gatewayStore: GatewayStore;
  /** Gives the stores of a workspace, opened once and kept open. */
  readonly openWorkspace: (workspaceId: string) => Promise<ShownStores>;
  /** Told of each session that was deleted. */
  readonly onSessionDeleted?: ((session: DeletedSession) => void) | undefined;
  /** Gives the configuration as it is now. */
  readonly view: () => ConfigView;
  /** The gateway's own token. */
  readonly token: string;
  /** Looks after plugins, if there is one that does. */
  readonly plugins?: PluginAdmin | undefined;
  /** Makes codes that let strangers in, if anything does. */
  readonly codes?: Pick<PairingCodes, "issue"> | undefined;
  /**
   * Whether the gateway answers to every name and address of this machine, or to `allowedHosts` alone.
   *
   * @default {"local"}
   */
  readonly mode?: "local" | "public" | undefined;
  /** Names, with or without a port, that may stand in the `Host` header. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Which origins web pages may ask from, such as `https://chat.example`. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** What differs from the default limits. */
  readonly limits?: Partial<Limits> | undefined;
  /** Counts what happens, also where there is no HTTP; one of its own when absent. */
  readonly metrics?: Metrics | undefined;
  /** Tells the time. */
  readonly clock?: Clock | undefined;
  /** Where it is written what happens. */
  readonly logger?: Logger | undefined;
}

/** What the routes work with: the parts, and what the gateway itself adds. */
export interface Services extends GatewayParts {
  /** Every limit. */
  readonly limits: Limits;
  /** Tells the time. */
  readonly clock: Clock;
  /** Where it is written what happens. */
  readonly logger: Logger;
  /** The answers under way. */
  readonly answers: Answers;
  /** The turns that can be resumed. */
  readonly hub: TurnHub;
  /** Counts what happens. */
  readonly metrics: Metrics;
  /** Writes the audit log. */
  readonly recorder: Recorder;
  /** When the gateway was started. */
  readonly startedAt: Date;
}

/** Whether somebody may use a workspace. */
export function mayUse(identity: Identity, workspace: WorkspaceView): boolean {
  if (identity.role === "admin" || workspace.members === undefined) return true;
  return workspace.members.includes(identity.userId);
}
