// SPDX-License-Identifier: Apache-2.0

import type { TurnErrorCode } from "@sigil/agent";
import { ProviderError, type ProviderErrorCode } from "@sigil/provider";
import { StoreError, type StoreErrorCode } from "@sigil/store";
import { GatewayError, type GatewayErrorCode, type RequestIssue } from "./errors.ts";

const GATEWAY_STATUS = {
  invalid_json: 400,
  invalid_request: 400,
  unsupported: 400,
  body_too_large: 413,
  unauthorized: 401,
  forbidden: 403,
  host_not_allowed: 403,
  origin_not_allowed: 403,
  not_found: 404,
  method_not_allowed: 405,
  rate_limited: 429,
  too_many_streams: 429,
  deadline_exceeded: 504,
  client_stalled: 408,
  cancelled: 409,
  shutting_down: 503,
  turn_not_found: 404,
  replay_gone: 410,
  invalid_token: 500,
  data_directory: 500,
  already_running: 500,
  address_in_use: 500,
  address_unavailable: 500,
  plugin_failed: 409,
  unreachable: 502,
  internal: 500,
} as const satisfies Record<GatewayErrorCode, number>;

const STORE_STATUS = {
  not_found: 404,
  conflict: 409,
  invalid_input: 400,
  unknown_backend: 500,
  dimension_mismatch: 400,
  busy: 503,
  full: 507,
  read_only: 503,
  corrupt: 500,
  too_new: 500,
  closed: 503,
  unavailable: 503,
} as const satisfies Record<StoreErrorCode, number>;

// A vendor that refuses our key is our fault, not the client's: 401 would send it looking for its own.
const CHAT_STATUS = {
  auth: 502,
  rate_limit: 429,
  context_length: 400,
  overloaded: 503,
  network: 502,
  bad_request: 400,
  unknown_model: 404,
  budget: 429,
  unavailable: 503,
  invalid_response: 502,
  invalid_input: 400,
  not_found: 404,
  forbidden: 403,
  tool_loop: 500,
  storage: 503,
  internal: 500,
} as const satisfies Record<ProviderErrorCode | TurnErrorCode, number>;

/** Why an answer failed, as a provider or the agent says it. */
export interface ChatFailure {
  /** The stable word. */
  readonly code: ProviderErrorCode | TurnErrorCode;
  /** The sentence. */
  readonly message: string;
  /** How long to wait before asking again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** An error as it is told to a client. */
export interface Problem {
  /** The HTTP status. */
  readonly status: number;
  /** The stable word. */
  readonly code: string;
  /** The sentence, without secrets. */
  readonly message: string;
  /** How long to wait before asking again, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** What is wrong with the request, piece by piece. */
  readonly issues: readonly RequestIssue[];
  /** What a person can do about it, where something helps. */
  readonly nextStep?: string | undefined;
}

/** Tells an error to a client. What is not made for clients becomes `internal`, without its text. */
export function toProblem(error: unknown): Problem {
  if (error instanceof GatewayError) {
    const { code, message, retryAfterMs, issues, nextStep } = error;
    return { status: GATEWAY_STATUS[code], code, message, retryAfterMs, issues, nextStep };
  }
  if (error instanceof StoreError) {
    return problem(STORE_STATUS[error.code], error.code, error.message);
  }
  if (error instanceof ProviderError) return chatProblem(error);
  return problem(500, "internal", "Cannot answer the request: something failed in the gateway");
}

/** Tells a failed answer to a client. */
export function chatProblem({ code, message, retryAfterMs }: ChatFailure): Problem {
  return { ...problem(CHAT_STATUS[code], code, message), retryAfterMs };
}

/** Writes a problem as `application/problem+json` (RFC 9457). */
export function problemResponse(problem: Problem): Response {
  const body = {
    type: `urn:sigil:error:${problem.code}`,
    title: STATUS_TITLES[problem.status] ?? "Error",
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(problem.issues.length > 0 && { issues: problem.issues }),
    ...(problem.nextStep !== undefined && { nextStep: problem.nextStep }),
  };
  const headers = { "content-type": "application/problem+json", ...furtherHeaders(problem) };
  return new Response(JSON.stringify(body), { status: problem.status, headers });
}

/** Writes a problem as OpenAI's clients expect it. */
export function openAiErrorResponse(problem: Problem): Response {
  const body = JSON.stringify(openAiError(problem));
  const headers = {
    "content-type": "application/json",
    "x-should-retry": String(isWorthRetrying(problem)),
    ...furtherHeaders(problem),
  };
  return new Response(body, { status: problem.status, headers });
}

/** The error body of OpenAI, also sent in a stream that fails midway. */
export function openAiError(problem: Problem): { error: OpenAiErrorBody } {
  return {
    error: {
      message: problem.message + (OPENAI_ADVICE[problem.code] ?? ""),
      type: OPENAI_TYPES[problem.code] ?? openAiType(problem.status),
      param: problem.issues[0]?.path || null,
      code: OPENAI_CODES[problem.code] ?? problem.code,
    },
  };
}

/** What is inside an error body of OpenAI. */
export interface OpenAiErrorBody {
  /** The sentence. */
  readonly message: string;
  /** The kind, in OpenAI's words. */
  readonly type: string;
  /** The field at fault, if one is. */
  readonly param: string | null;
  /** The stable word: OpenAI's where it has one, else Sigil's. */
  readonly code: string;
}

const OPENAI_CODES: Readonly<Record<string, string>> = {
  unknown_model: "model_not_found",
  context_length: "context_length_exceeded",
  budget: "insufficient_quota",
  unauthorized: "invalid_api_key",
  rate_limit: "rate_limit_exceeded",
  rate_limited: "rate_limit_exceeded",
};

/** Clients of OpenAI come with a model of their own choice; who sees them fail may know no other. */
const OPENAI_ADVICE: Readonly<Record<string, string>> = {
  unknown_model: '; the model "sigil" is the agent, and GET /v1/models lists the others',
};

const OPENAI_TYPES: Readonly<Record<string, string>> = {
  unauthorized: "authentication_error",
  budget: "insufficient_quota",
};

const STATUS_TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  507: "Insufficient Storage",
};

function problem(status: number, code: string, message: string): Problem {
  return { status, code, message, retryAfterMs: undefined, issues: [] };
}

function openAiType(status: number): string {
  if (status === 429) return "rate_limit_error";
  if (status === 403) return "permission_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

function isWorthRetrying({ status, code }: Problem): boolean {
  if (code === "budget" || code === "auth") return false;
  return status === 408 || status === 429 || status === 502 || status === 503;
}

function furtherHeaders({ status, retryAfterMs }: Problem): Record<string, string> {
  if (status === 401) return { "www-authenticate": "Bearer" };
  if (retryAfterMs === undefined) return {};
  return { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
}
