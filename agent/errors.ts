// SPDX-License-Identifier: Apache-2.0

import type { TurnErrorCode } from "./turn.ts";

/** Further facts of an {@linkcode AgentError}. */
export interface AgentErrorOptions {
  /** How long to wait before asking again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The error beneath, if any. */
  readonly cause?: unknown;
}

/**
 * The only error of the agent, apart from a signal's own reason on abort.
 *
 * A turn does not throw it: it ends with an `error` event of the same code and message.
 *
 * @example Usage
 * ```ts
 * import { AgentError } from "@sigil/agent";
 *
 * const error = new AgentError("forbidden", 'Cannot use session "s1": it belongs to another user');
 * ```
 */
export class AgentError extends Error {
  /** Always `AgentError`. */
  override readonly name = "AgentError";
  /** What went wrong, as a stable word. */
  readonly code: TurnErrorCode;
  /** How long to wait before asking again, in milliseconds, when that is known. */
  readonly retryAfterMs: number | undefined;

  /** Makes an error; see {@linkcode TurnErrorCode} for the codes. */
  constructor(code: TurnErrorCode, message: string, options: AgentErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
