// SPDX-License-Identifier: Apache-2.0

/**
 * What went wrong, as a stable word.
 *
 * - `invalid_json`: the body is not JSON.
 * - `invalid_request`: the request has not the shape that is asked for; `issues` says where.
 * - `unsupported`: the request asks for something that Sigil does not do.
 * - `body_too_large`: the body is longer than is allowed.
 * - `unauthorized`: the token is missing or wrong.
 * - `forbidden`: who asks may not do this.
 * - `host_not_allowed`: the `Host` header names no host of this gateway.
 * - `origin_not_allowed`: a web page of a foreign site asks.
 * - `not_found`: nothing is there.
 * - `method_not_allowed`: the path is there, but not with this method.
 * - `rate_limited`: too many requests; `retryAfterMs` says how long to wait.
 * - `too_many_streams`: too many answers at the same time.
 * - `deadline_exceeded`: no answer came in time.
 * - `client_stalled`: the client reads no more.
 * - `cancelled`: the turn was taken back.
 * - `shutting_down`: the gateway is about to stop.
 * - `turn_not_found`: the stream to resume is unknown or long over.
 * - `replay_gone`: the events to resume after are no longer kept.
 * - `invalid_token`: the token file or the configured token cannot be used.
 * - `data_directory`: the data directory cannot be used.
 * - `already_running`: another gateway holds the data directory.
 * - `address_in_use`: the port is taken.
 * - `address_unavailable`: the address is not one of this machine, or may not be used.
 * - `plugin_failed`: a plugin cannot do what it is told to.
 * - `unreachable`: the running gateway does not answer.
 * - `internal`: anything else.
 */
export type GatewayErrorCode =
  | "invalid_json"
  | "invalid_request"
  | "unsupported"
  | "body_too_large"
  | "unauthorized"
  | "forbidden"
  | "host_not_allowed"
  | "origin_not_allowed"
  | "not_found"
  | "method_not_allowed"
  | "rate_limited"
  | "too_many_streams"
  | "deadline_exceeded"
  | "client_stalled"
  | "cancelled"
  | "shutting_down"
  | "turn_not_found"
  | "replay_gone"
  | "invalid_token"
  | "data_directory"
  | "already_running"
  | "address_in_use"
  | "address_unavailable"
  | "plugin_failed"
  | "unreachable"
  | "internal";

/** One thing wrong with a request. */
export interface RequestIssue {
  /** Where, such as `messages[2].content`; empty for the whole. */
  readonly path: string;
  /** What. */
  readonly message: string;
}

/** Further facts of a {@linkcode GatewayError}. */
export interface GatewayErrorOptions {
  /** How long to wait before asking again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** What is wrong with the request, piece by piece. */
  readonly issues?: readonly RequestIssue[] | undefined;
  /** What to do about it, for people. */
  readonly nextStep?: string | undefined;
  /** The error beneath, if any. */
  readonly cause?: unknown;
}

/**
 * What the gateway throws, and answers.
 *
 * @example Usage
 * ```ts
 * import { GatewayError } from "@sigil/gateway";
 *
 * const error = new GatewayError("address_in_use", "Cannot listen on 127.0.0.1:18789: it is taken", {
 *   nextStep: "Stop the program that holds it, or choose another with --listen",
 * });
 * ```
 */
export class GatewayError extends Error {
  /** The name of the class. */
  override readonly name = "GatewayError";
  /** What went wrong, as a stable word. */
  readonly code: GatewayErrorCode;
  /** How long to wait before asking again, in milliseconds, when that helps. */
  readonly retryAfterMs: number | undefined;
  /** What is wrong with the request, piece by piece. */
  readonly issues: readonly RequestIssue[];
  /** What to do about it, for people, if there is something. */
  readonly nextStep: string | undefined;

  /** Makes an error; see {@linkcode GatewayErrorCode} for the codes. */
  constructor(code: GatewayErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.issues = options.issues ?? [];
    this.nextStep = options.nextStep;
  }
}
