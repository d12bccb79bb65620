// SPDX-License-Identifier: Apache-2.0

import { AgentError } from "./errors.ts";
import type { TurnErrorCode } from "./turn.ts";

/** The words of a provider's errors, which a turn hands on as they are. */
const PROVIDER_CODES: readonly string[] = [
  "auth",
  "rate_limit",
  "context_length",
  "overloaded",
  "network",
  "bad_request",
  "unknown_model",
  "budget",
  "unavailable",
  "invalid_response",
] satisfies readonly TurnErrorCode[];

/** Errors of other modules are known by their shape: the agent imports no class of theirs. */
interface CodedError extends Error {
  readonly code: string;
  readonly retryAfterMs?: unknown;
}

/** Whether something thrown is an error with that code. */
export function hasCode(error: unknown, code: string): boolean {
  return isCoded(error) && error.code === code;
}

/**
 * Says of anything thrown why the turn failed.
 *
 * The text of an error that nobody foresaw stays inside, in `cause`: it may hold what the user must
 * not read.
 */
export function toAgentError(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  if (isCoded(error)) {
    if (error.name === "StoreError") return fromStore(error);
    if (error.name === "ProviderError") return fromProvider(error);
  }
  return new AgentError("internal", "Cannot finish the turn: an unexpected error", {
    cause: error,
  });
}

function fromStore(error: CodedError): AgentError {
  const code = error.code === "invalid_input" ? "invalid_input" : "storage";
  return new AgentError(code, error.message, { cause: error });
}

function fromProvider(error: CodedError): AgentError {
  const { code, retryAfterMs } = error;
  return new AgentError(isProviderCode(code) ? code : "internal", error.message, {
    retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : undefined,
    cause: error,
  });
}

function isCoded(error: unknown): error is CodedError {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

function isProviderCode(code: string): code is TurnErrorCode {
  return PROVIDER_CODES.includes(code);
}
