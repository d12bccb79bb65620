// SPDX-License-Identifier: Apache-2.0

/**
 * What went wrong, as a stable word to switch on.
 *
 * - `invalid_manifest`: the manifest breaks a rule; `issues` tells every one.
 * - `invalid_config`: the plugin's configuration is not what its manifest asks for.
 * - `invalid_capability`: a capability or its pattern is malformed.
 * - `invalid_permission`: a path or host cannot be granted as it is written.
 * - `not_found`: there is no such plugin, manifest or tool.
 * - `conflict`: a plugin of that name is already there.
 * - `unsafe`: the plugin's files reach outside its folder, or an archive would.
 * - `unapproved`: the plugin's files are not those that somebody approved by enabling it.
 * - `unsupported`: this machine, or this version, cannot run the plugin.
 * - `dependency`: a plugin that it needs is missing, of another version, or needs it in turn.
 * - `invalid_state`: the plugin cannot do that in the state it is in.
 * - `over_limit`: the plugin keeps more than its manifest allows.
 * - `denied`: the enforcer does not allow it.
 * - `timeout`: the plugin did not answer in time.
 * - `protocol`: the plugin broke the protocol.
 * - `crashed`: the plugin's process ended.
 * - `failed`: the plugin answered with an error of its own.
 * - `closed`: the manager has been closed.
 * - `unavailable`: any other failure of the file system or the process.
 */
export type PluginErrorCode =
  | "invalid_manifest"
  | "invalid_config"
  | "invalid_capability"
  | "invalid_permission"
  | "not_found"
  | "conflict"
  | "unsafe"
  | "unapproved"
  | "unsupported"
  | "dependency"
  | "invalid_state"
  | "over_limit"
  | "denied"
  | "timeout"
  | "protocol"
  | "crashed"
  | "failed"
  | "closed"
  | "unavailable";

/**
 * Which rule a manifest breaks, as a stable word.
 *
 * - `syntax`: it is not YAML, or not YAML that can be read as data.
 * - `missing`: a field that is needed is absent.
 * - `unknown_key`: a key that means nothing, most often a misspelling.
 * - `invalid_type`: a value of the wrong kind, such as a number for a text.
 * - `invalid_value`: a value of the right kind that is not allowed.
 */
export type ManifestIssueCode =
  | "syntax"
  | "missing"
  | "unknown_key"
  | "invalid_type"
  | "invalid_value";

/** One rule that a manifest breaks, and where. */
export interface ManifestIssue {
  /** Which rule. */
  readonly code: ManifestIssueCode;
  /** The field, such as `execution.sandbox.network.allow[0]`; empty for the whole file. */
  readonly path: string;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** The line, counted from 1. */
  readonly line: number;
  /** The column, counted from 1. */
  readonly column: number;
}

/** Further facts of a {@linkcode PluginError}. */
export interface PluginErrorOptions {
  /** The plugin that the error is about. */
  readonly plugin?: string | undefined;
  /** Every rule that a manifest breaks. */
  readonly issues?: readonly ManifestIssue[] | undefined;
  /** The error beneath, if any. */
  readonly cause?: unknown;
}

/**
 * The only error that this module throws, apart from a signal's own reason on abort and from
 * `TypeError` and `RangeError` for wrong arguments.
 *
 * @example Usage
 * ```ts
 * import { parseManifest, PluginError } from "@sigil/plugin";
 *
 * try {
 *   parseManifest("name: Echo");
 * } catch (error) {
 *   if (!(error instanceof PluginError)) throw error;
 *   const lines = error.issues.map((issue) => `${issue.line}:${issue.column} ${issue.message}`);
 *   // show them
 * }
 * ```
 */
export class PluginError extends Error {
  /** Always `PluginError`. */
  override readonly name = "PluginError";
  /** What went wrong, as a stable word. */
  readonly code: PluginErrorCode;
  /** The plugin that the error is about, if it is known. */
  readonly plugin: string | undefined;
  /** Every rule that the manifest breaks, in the order of the file; empty unless the code is `invalid_manifest`. */
  readonly issues: readonly ManifestIssue[];

  /** Makes an error; see {@linkcode PluginErrorCode} for the codes. */
  constructor(code: PluginErrorCode, message: string, options: PluginErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.plugin = options.plugin;
    this.issues = options.issues ?? [];
  }
}
