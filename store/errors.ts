// SPDX-License-Identifier: Apache-2.0

/**
 * What went wrong, as a stable word to switch on.
 *
 * - `not_found`: nothing has that id.
 * - `conflict`: the id, or a platform identity, is already taken.
 * - `invalid_input`: an argument is malformed (empty or oversized id, NUL in text, NaN, …).
 * - `unknown_backend`: the configuration names a backend that does not exist.
 * - `dimension_mismatch`: an embedding has another length than the collection.
 * - `busy`: another process holds the lock for longer than the timeout.
 * - `full`: the disk is full. Nothing of the rejected write was kept.
 * - `read_only`: the file or its folder cannot be written.
 * - `corrupt`: the file is not a database, is damaged, or belongs to another program.
 * - `too_new`: a newer version of Sigil wrote the file.
 * - `closed`: the store has been closed.
 * - `unavailable`: any other failure of the file or the engine.
 */
export type StoreErrorCode =
  | "not_found"
  | "conflict"
  | "invalid_input"
  | "unknown_backend"
  | "dimension_mismatch"
  | "busy"
  | "full"
  | "read_only"
  | "corrupt"
  | "too_new"
  | "closed"
  | "unavailable";

/** Further facts of a {@linkcode StoreError}. */
export interface StoreErrorOptions {
  /** The id, path or field that the error is about. */
  readonly subject?: string | undefined;
  /** The error beneath, if any. */
  readonly cause?: unknown;
}

/**
 * The only error that a store throws, apart from a signal's own reason on abort.
 *
 * @example Usage
 * ```ts
 * import { StoreError } from "@sigil/store";
 *
 * const error = new StoreError("not_found", 'Cannot get session "s1": no session has that id', {
 *   subject: "s1",
 * });
 * if (error.code === "not_found") {
 *   // create it
 * }
 * ```
 */
export class StoreError extends Error {
  /** Always `StoreError`. */
  override readonly name = "StoreError";
  /** What went wrong, as a stable word. */
  readonly code: StoreErrorCode;
  /** The id, path or field that the error is about, shortened to 200 characters. */
  readonly subject: string | undefined;

  /** Makes an error; see {@linkcode StoreErrorCode} for the codes. */
  constructor(code: StoreErrorCode, message: string, options: StoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.subject = options.subject === undefined ? undefined : excerpt(options.subject, 200);
  }
}

/** Shortens a text for an error message, so that a 1 MB id does not become a 1 MB message. */
function excerpt(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}
