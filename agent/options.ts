// SPDX-License-Identifier: Apache-2.0

import type { Tool } from "@sigil/plugin";
import type { ChatOptions, Router } from "@sigil/provider";
import type { AuditEntryInput, WorkspaceStores } from "@sigil/store";
import type { Logger } from "./logger.ts";

/** Where the agent records what it does. An `AuditStore` is one. */
export interface AuditSink {
  /** Adds an entry. */
  append(entry: AuditEntryInput): Promise<void>;
}

/** What somebody wants to do with a tool. */
export interface AuthorizationRequest {
  /** The workspace. */
  readonly workspaceId: string;
  /** The user on whose behalf. */
  readonly userId: string;
  /** The session. */
  readonly sessionId: string;
  /** The plugin that brings the tool; empty for a built-in one. */
  readonly plugin: string;
  /** The capability that the tool needs. */
  readonly capability: string;
}

/** Whether it may be done. */
export interface Authorization {
  /** Whether it may. */
  readonly allowed: boolean;
  /** Why, in words for the model. */
  readonly reason: string;
}

/** Whose turn it is. */
export interface ToolScope {
  /** The workspace. */
  readonly workspaceId: string;
  /** The user. */
  readonly userId: string;
  /** The session. */
  readonly sessionId: string;
}

/** Gives the stores of a workspace. */
export type OpenWorkspace = (workspaceId: string) => Promise<WorkspaceStores>;

/** Turns texts into vectors of one length, in the order of the texts. */
export type Embed = (
  texts: readonly string[],
  options: { readonly signal?: AbortSignal | undefined },
) => Promise<readonly Float32Array[]>;

/** How old messages leave the active window. */
export interface CompactionSettings {
  /**
   * How many messages leave at a time, at least. Never more than the active window.
   *
   * @default {10}
   */
  readonly batchSize?: number | undefined;
  /**
   * Whether what leaves is summed up. Without it the model no longer knows of it, unless it searches.
   *
   * @default {true}
   */
  readonly summarise?: boolean | undefined;
  /**
   * `provider/model` that writes the summaries. When empty, or when it fails, a summary is made of the
   * beginnings of the messages.
   *
   * @default {""}
   */
  readonly model?: string | undefined;
}

/** How an agent works. Copied when it is handed over: later changes have no effect. */
export interface AgentSettings {
  /** What the model is told first, in every turn alike. Nothing is ever put into it. */
  readonly systemPrompt?: string | undefined;
  /**
   * How many messages of a session the model sees; older ones are rolled into memory. At most 10,000.
   *
   * @default {20}
   */
  readonly activeWindow?: number | undefined;
  /**
   * How many times the model may ask for tools in one turn.
   *
   * @default {5}
   */
  readonly maxToolRounds?: number | undefined;
  /**
   * How many tool calls a turn may make.
   *
   * @default {50}
   */
  readonly maxToolCalls?: number | undefined;
  /**
   * How many bytes of UTF-8 of a tool's result are kept.
   *
   * @default {32768}
   */
  readonly maxToolResultBytes?: number | undefined;
  /**
   * How long a tool may run, in milliseconds.
   *
   * @default {60000}
   */
  readonly toolTimeoutMs?: number | undefined;
  /** How models should answer. */
  readonly chat?: ChatOptions | undefined;
  /** How old messages leave the active window. */
  readonly compaction?: CompactionSettings | undefined;
}

/** What stands where {@linkcode AgentSettings} say nothing. */
export interface DefaultSettings {
  /** How many messages of a session the model sees. */
  readonly activeWindow: number;
  /** How many times the model may ask for tools in one turn. */
  readonly maxToolRounds: number;
  /** How many tool calls a turn may make. */
  readonly maxToolCalls: number;
  /** How many bytes of UTF-8 of a tool's result are kept. */
  readonly maxToolResultBytes: number;
  /** How long a tool may run, in milliseconds. */
  readonly toolTimeoutMs: number;
  /** How old messages leave the active window. */
  readonly compaction: {
    /** How many messages leave at a time, at least. */
    readonly batchSize: number;
    /** Whether what leaves is summed up. */
    readonly summarise: boolean;
    /** Who writes the summaries. */
    readonly model: string;
  };
}

/** The settings of an agent that is told no others. */
export const DEFAULT_SETTINGS: DefaultSettings = {
  activeWindow: 20,
  maxToolRounds: 5,
  maxToolCalls: 50,
  maxToolResultBytes: 32_768,
  toolTimeoutMs: 60_000,
  compaction: { batchSize: 10, summarise: true, model: "" },
};

/** Options of `openAgent`. */
export interface AgentOptions {
  /**
   * Gives the stores of a workspace, which stay the caller's to close. Asked in every turn.
   *
   * Rejects with an error of code `not_found` when there is no such workspace.
   */
  readonly openWorkspace: OpenWorkspace;
  /** Chooses the provider. */
  readonly router: Router;
  /** Where every turn, tool run, refusal and compaction is recorded. */
  readonly audit: AuditSink;
  /**
   * Whether the user may use the workspace; everybody may when absent.
   *
   * Rejecting with an error of code `not_found` says that there is no such user, who may not.
   */
  readonly isMember?: ((scope: ToolScope) => Promise<boolean>) | undefined;
  /**
   * Gives the tools of a turn; none when absent. The scope is the very object that `isMember` was asked
   * with in this turn: what was looked up for it need not be looked up again.
   */
  readonly tools?: ((scope: ToolScope) => readonly Tool[] | Promise<readonly Tool[]>) | undefined;
  /** Whether a tool may run. When absent, built-in tools may and those of plugins may not. */
  readonly authorize?: ((request: AuthorizationRequest) => Promise<Authorization>) | undefined;
  /** Turns messages into vectors as they are rolled into memory; no vectors when absent. */
  readonly embed?: Embed | undefined;
  /** How the agent works. */
  readonly settings?: AgentSettings | undefined;
  /** Where it tells what happens; silent when absent. */
  readonly logger?: Logger | undefined;
  /** Tells the time; the machine's clock when absent. */
  readonly now?: (() => Date) | undefined;
  /** Makes an id that was never used; UUIDs of version 7 when absent. */
  readonly newId?: (() => string) | undefined;
}
