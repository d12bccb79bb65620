// SPDX-License-Identifier: Apache-2.0

import type { ProviderErrorCode } from "../chat.ts";
import { GuardError } from "../vendor_call/guard_error.ts";

/** Why a vendor did not answer. */
export interface Failure {
  readonly code: ProviderErrorCode;
  /** In the vendor's words where it has any: to be redacted before it is shown. */
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
}

const MAX_REASON = 300;

const CONTEXT_LENGTH = new RegExp(
  [
    "context[ _-]?(length|window|size)",
    "maximum (context|number of tokens|prompt)",
    "(prompt|input|request|conversation|messages?) (is |are |tokens? )?(too (long|large)|exceeds?)",
    "token (count|limit).{0,60}exceed",
    "too many (input )?tokens",
  ].join("|"),
  "i",
);
const WRONG_KEY = /api[ _]?key (not valid|expired|is invalid)|api_key_invalid|credit balance/i;

/** The words that vendors use for the kinds of failure, in their error codes and types. */
const WORDS: readonly (readonly [RegExp, ProviderErrorCode])[] = [
  [/context_length|string_above_max/, "context_length"],
  [/rate_limit|quota|resource_exhausted|too_many_requests|tokens_exceeded/, "rate_limit"],
  [/auth|permission|billing|invalid_api_key|forbidden/, "auth"],
  [/overload|unavailable|server_error|api_error|internal|timeout|deadline/, "overloaded"],
  [/model_not_found|not_found/, "unknown_model"],
  [/too_large/, "context_length"],
  [/invalid|bad_request|failed_precondition|unsupported/, "bad_request"],
];

/** The names of the errors by which the packages say that an answer is malformed. */
const MALFORMED = new Set([
  "AI_JSONParseError",
  "AI_TypeValidationError",
  "AI_InvalidResponseDataError",
  "AI_EmptyResponseBodyError",
  "AI_NoContentGeneratedError",
]);
/** In these words one of them says that a stream has no end. */
const ENDED_EARLY = /ended without a finish reason/;
/** And those by which they refuse a request themselves. */
const REFUSED = new Set([
  "AI_UnsupportedFunctionalityError",
  "AI_InvalidPromptError",
  "AI_InvalidArgumentError",
]);

/** Tells why a call failed, whatever was thrown or sent. */
export function toFailure(error: unknown, now: number): Failure {
  const own = findCause(error, (one) => one instanceof GuardError);
  if (own instanceof GuardError) return { code: own.code, reason: own.message };
  const status = statusOf(error);
  if (status !== undefined && (status < 200 || status > 299)) return byStatus(status, error, now);
  const names = new Set(causes(error).map((one) => text(one, "name")));
  if (causes(error).some((one) => ENDED_EARLY.test(text(one, "message")))) {
    return { code: "network", reason: "the answer was cut before its end" };
  }
  if (!names.isDisjointFrom(MALFORMED)) {
    return { code: "invalid_response", reason: malformedReason(error) };
  }
  if (!names.isDisjointFrom(REFUSED)) return { code: "bad_request", reason: vendorWords(error) };
  if (names.has("NotCapable")) {
    return {
      code: "unavailable",
      reason: `this program lacks a permission: ${vendorWords(error)}`,
    };
  }
  const words = byWords(error);
  if (words !== undefined) return words;
  if (isConnectionError(error)) return { code: "network", reason: connectionReason(error) };
  return { code: "invalid_response", reason: "it sent something that is not its own format" };
}

/** Reads how long to wait: `retry-after-ms`, `retry-after` as seconds or as a date, or Google's own. */
export function readRetryAfter(
  headers: Readonly<Record<string, unknown>>,
  body: string,
  now: number,
): number | undefined {
  const ms = Number(headers["retry-after-ms"] ?? NaN);
  if (ms >= 0) return ms;
  const after = headers["retry-after"];
  if (typeof after === "string" && after.trim() !== "") {
    const seconds = Number(after);
    if (seconds >= 0) return Math.ceil(seconds * 1000);
    const date = Date.parse(after);
    if (!Number.isNaN(date)) return Math.max(0, date - now);
  }
  const delay = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body)?.[1];
  return delay === undefined ? undefined : Math.ceil(Number(delay) * 1000);
}

function byStatus(status: number, error: unknown, now: number): Failure {
  const words = vendorWords(error);
  const reason = words === "" ? `it answered with status ${status}` : words;
  const code = codeOfStatus(status, `${text(error, "responseBody")} ${words}`);
  if (code === "auth") {
    return { code, reason: `the key is missing, wrong or not allowed to do this (${status})` };
  }
  if (code === "invalid_response") {
    return { code, reason: `it answered with a redirect (${status}), which is not followed` };
  }
  const headers = field(error, "responseHeaders");
  const record = isRecord(headers) ? headers : {};
  return { code, reason, retryAfterMs: readRetryAfter(record, text(error, "responseBody"), now) };
}

function codeOfStatus(status: number, words: string): ProviderErrorCode {
  if (status < 400) return "invalid_response";
  if (status === 401 || status === 402 || status === 403) return "auth";
  if (status === 404) return "unknown_model";
  if (status === 413) return "context_length";
  if (status === 429) return "rate_limit";
  if (status === 408 || status >= 500) return "overloaded";
  if (CONTEXT_LENGTH.test(words)) return "context_length";
  return WRONG_KEY.test(words) ? "auth" : "bad_request";
}

/** An error sent inside a stream has no status, but a type or a code. */
function byWords(error: unknown): Failure | undefined {
  const inner = field(error, "error");
  const source = isRecord(inner) ? inner : error;
  const reason = clip(text(source, "message")) || "it broke off with an error";
  if (CONTEXT_LENGTH.test(reason)) return { code: "context_length", reason };
  const kind = `${text(source, "code")} ${text(source, "type")}`.toLowerCase();
  const code = WORDS.find(([words]) => words.test(kind))?.[1];
  if (code === undefined) {
    // A server that says no more than "error" had one of its own.
    return kind.trim() === "" && !isRecord(inner) ? undefined : { code: "overloaded", reason };
  }
  return { code, reason: code === "auth" ? "the key is not allowed to do this" : reason };
}

function statusOf(error: unknown): number | undefined {
  for (const key of ["statusCode", "code"]) {
    const value = Number(field(error, key) ?? NaN);
    if (Number.isInteger(value) && value >= 200 && value <= 599) return value;
  }
  return undefined;
}

/** What the vendor said, without line breaks and at most 300 characters. */
function vendorWords(error: unknown): string {
  const body = parseJson(text(error, "responseBody"));
  const inner = field(body, "error");
  const words = text(inner, "message") || text(body, "message") || text(body, "error");
  return clip(words || text(error, "message"));
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function clip(words: string): string {
  const line = words.replace(/\s+/g, " ").trim().replace(/\.$/, "");
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)}…` : line;
}

/** The text that was malformed stays out: it may be long, and it may be anything. */
function malformedReason(error: unknown): string {
  const names = causes(error).map((one) => text(one, "name"));
  return names.includes("AI_JSONParseError")
    ? "it sent something that is not JSON"
    : "it sent something that is not its own format";
}

function isConnectionError(error: unknown): boolean {
  return causes(error).some((one) =>
    one instanceof TypeError || (one instanceof Error && /connect|socket|body/i.test(one.message))
  );
}

/** The platform's message has the URL in it, so only its kind is told. */
function connectionReason(error: unknown): string {
  const words = causes(error).map((one) => text(one, "message")).join(" ");
  if (/refused/i.test(words)) return "the connection was refused";
  if (/dns|lookup|resolve/i.test(words)) return "its host name is not known";
  if (/certificate|tls/i.test(words)) return "its certificate is not trusted";
  return "the connection was cut";
}

/** An error and all that is beneath it. */
function causes(error: unknown): readonly unknown[] {
  const found: unknown[] = [];
  for (let one = error; one !== undefined && found.length < 10; one = field(one, "cause")) {
    found.push(one);
  }
  return found;
}

function findCause(error: unknown, test: (one: unknown) => boolean): unknown {
  return causes(error).find(test);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function field(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] ?? undefined : undefined;
}

function text(value: unknown, key: string): string {
  const found = field(value, key);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}
