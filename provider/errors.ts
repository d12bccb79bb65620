// SPDX-License-Identifier: Apache-2.0

import type { ProviderErrorCode } from "./chat.ts";

/** Further facts of a {@linkcode ProviderError}. */
export interface ProviderErrorOptions {
  /** The provider asked. */
  readonly provider?: string | undefined;
  /** How long to wait before asking again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The error beneath, if any. */
  readonly cause?: unknown;
}

/**
 * What a provider or the router throws, apart from a signal's own reason on abort.
 *
 * @example Usage
 * ```ts
 * import { ProviderError } from "@sigil/provider";
 *
 * const error = new ProviderError("rate_limit", "Cannot chat with openai: too many requests", {
 *   provider: "openai",
 *   retryAfterMs: 2000,
 * });
 * ```
 */
export class ProviderError extends Error {
  /** Always `ProviderError`. */
  override readonly name = "ProviderError";
  /** What went wrong, as a stable word. */
  readonly code: ProviderErrorCode;
  /** The provider asked, if any. */
  readonly provider: string | undefined;
  /** How long to wait before asking again, in milliseconds, when the vendor says so. */
  readonly retryAfterMs: number | undefined;

  /** Makes an error; see {@linkcode ProviderErrorCode} for the codes. */
  constructor(code: ProviderErrorCode, message: string, options: ProviderErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.provider = options.provider;
    this.retryAfterMs = options.retryAfterMs;
  }
}
