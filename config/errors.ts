// SPDX-License-Identifier: Apache-2.0

/**
 * Why a config cannot be used, as a stable word to switch on.
 *
 * - `not_found`: there is no file at the path.
 * - `unreadable`: the file cannot be read.
 * - `invalid`: what was read has issues.
 */
export type ConfigErrorCode = "not_found" | "unreadable" | "invalid";

/**
 * What one issue is, as a stable word to switch on.
 *
 * - `not_found`, `unreadable`: the file is not there, or cannot be read.
 * - `empty`: a watched file has become empty, which is more likely an accident than a wish.
 * - `encoding`: the file is not UTF-8.
 * - `syntax`: the text is not YAML 1.2, or uses a part of it that a config has no use for.
 * - `duplicate_key`: a key is there twice.
 * - `too_large`: the text is too long, too deep, or its aliases expand to too much.
 * - `unknown_key`: no such key exists.
 * - `unknown_variable`: no such `SIGIL_` variable exists.
 * - `missing`: a key that has no default is not there.
 * - `invalid_type`: the value is of another kind than expected.
 * - `invalid_value`: the value is of the right kind and yet wrong.
 * - `missing_secret`: a `${NAME}` names a variable that is not set.
 * - `invalid_secret`: a secret that cannot be one, such as an empty text or a redaction mark.
 * - `unknown_reference`: a value names a provider, user, channel or other thing that is not there.
 * - `conflict`: two values contradict each other.
 */
export type ConfigIssueCode =
  | "not_found"
  | "unreadable"
  | "empty"
  | "encoding"
  | "syntax"
  | "duplicate_key"
  | "too_large"
  | "unknown_key"
  | "unknown_variable"
  | "missing"
  | "invalid_type"
  | "invalid_value"
  | "missing_secret"
  | "invalid_secret"
  | "unknown_reference"
  | "conflict";

/** One thing that is wrong in a config. It never holds a secret. */
export interface ConfigIssue {
  /** What it is, as a stable word. */
  readonly code: ConfigIssueCode;
  /** The dotted path of the value, such as `workspaces.home.members[0]`; empty for the whole config. */
  readonly path: string;
  /** What is wrong, for people. */
  readonly message: string;
  /** Where the value came from: the path of the file, the name of the variable, or `--` and the flag. */
  readonly source?: string | undefined;
  /** The line in the file, from 1. */
  readonly line?: number | undefined;
  /** The column in the line, from 1, in UTF-16 code units. */
  readonly column?: number | undefined;
}

/** Further facts of a {@linkcode ConfigError}. */
export interface ConfigErrorOptions {
  /** Everything that is wrong. */
  readonly issues: readonly ConfigIssue[];
  /** The error beneath, if any. */
  readonly cause?: unknown;
}

/**
 * The only error that this module throws for a config, apart from a signal's own reason on abort.
 *
 * The message has one line for each issue: `path (line:column): what is wrong`.
 *
 * @example Usage
 * ```ts
 * import { ConfigError, parseConfig } from "@sigil/config";
 *
 * try {
 *   parseConfig("networking:\n  lisen: 127.0.0.1:8080\n");
 * } catch (error) {
 *   if (!(error instanceof ConfigError)) throw error;
 *   const [issue] = error.issues;
 *   console.assert(issue?.code === "unknown_key" && issue.line === 2 && issue.column === 3);
 * }
 * ```
 */
export class ConfigError extends Error {
  /** The name of the class. */
  override readonly name = "ConfigError";
  /** Why the config cannot be used, as a stable word. */
  readonly code: ConfigErrorCode;
  /** Everything that is wrong, in the order of the file; what is not from the file comes last. */
  readonly issues: readonly ConfigIssue[];

  /** Makes an error whose message is `summary` and one line for each issue. */
  constructor(code: ConfigErrorCode, summary: string, options: ConfigErrorOptions) {
    const lines = [summary, ...options.issues.map((issue) => `  ${formatIssue(issue)}`)];
    super(lines.join("\n"), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.issues = options.issues;
  }
}

/**
 * Writes an issue in one line: `path (line:column): what is wrong`.
 *
 * For a value that is not from a file, its source stands in place of the position.
 *
 * @example Usage
 * ```ts
 * import { formatIssue } from "@sigil/config";
 *
 * const text = formatIssue({
 *   code: "invalid_type",
 *   path: "sessions.memory.active_window",
 *   message: "Expected a whole number",
 *   line: 3,
 *   column: 20,
 * });
 * console.assert(text === "sessions.memory.active_window (3:20): Expected a whole number");
 * ```
 */
export function formatIssue(issue: ConfigIssue): string {
  const place = issue.line === undefined ? issue.source : `${issue.line}:${issue.column}`;
  const subject = [issue.path, place === undefined ? "" : `(${place})`].filter(Boolean).join(" ");
  return subject === "" ? issue.message : `${subject}: ${issue.message}`;
}

/** Throws a {@linkcode ConfigError} for a config that was read and has issues. */
export function throwInvalid(issues: readonly ConfigIssue[], path: string | undefined): never {
  const subject = path === undefined ? "config" : `config "${path}"`;
  const count = issues.length === 1 ? "1 issue" : `${issues.length} issues`;
  throw new ConfigError("invalid", `Cannot use ${subject}: ${count}`, { issues });
}
