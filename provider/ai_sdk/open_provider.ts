// SPDX-License-Identifier: Apache-2.0

import { ProviderError } from "../errors.ts";
import type { Provider } from "../provider.ts";
import { AiSdkProvider } from "./_ai_sdk_provider.ts";
import type { Fetch, GuardLimits } from "../vendor_call/guarded_call.ts";
import { isKey } from "./_key.ts";
import { type ProviderType, VENDORS } from "./_vendors.ts";

export type { Fetch } from "../vendor_call/guarded_call.ts";
export type { ProviderType } from "./_vendors.ts";

/** How long and how large an answer may be. */
export interface ProviderLimits {
  /**
   * How long the vendor may take until the head of its answer is there, and from there to the first
   * piece of it, in milliseconds.
   *
   * @default {120_000}
   */
  readonly responseMs?: number | undefined;
  /**
   * How long the vendor may be silent in the middle of an answer, in milliseconds.
   *
   * @default {120_000}
   */
  readonly idleMs?: number | undefined;
  /**
   * How long the vendor may take to list its models, in milliseconds; also for `available` and
   * `status`.
   *
   * @default {5_000}
   */
  readonly listMs?: number | undefined;
  /**
   * How long one event of a stream may be, in bytes.
   *
   * @default {4_194_304}
   */
  readonly maxEventBytes?: number | undefined;
  /**
   * How long an answer that is no stream may be, in bytes.
   *
   * @default {16_777_216}
   */
  readonly maxBodyBytes?: number | undefined;
}

/** Options of {@linkcode openProvider}. */
export interface OpenProviderOptions {
  /** Its name, the first part of `provider/model`. */
  readonly name: string;
  /** The kind of endpoint. */
  readonly type: ProviderType;
  /** The key; `ollama` and `openai-compatible` may have none. */
  readonly apiKey?: string | undefined;
  /** Where it is, with the version in the path; the vendor's own place unless given. */
  readonly baseUrl?: string | undefined;
  /** Further headers of each request; their values are kept out of messages, like the key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Names its models, so that the vendor is not asked for the list. */
  readonly models?: readonly string[] | undefined;
  /** How long and how large an answer may be. */
  readonly limits?: ProviderLimits | undefined;
  /**
   * What asks the network.
   *
   * @default {fetch}
   */
  readonly fetch?: Fetch | undefined;
  /**
   * The time, in milliseconds since 1970: a `retry-after` may be a date.
   *
   * @default {Date.now}
   */
  readonly now?: (() => number) | undefined;
}

const DEFAULT_LIMITS: GuardLimits & { readonly listMs: number } = {
  responseMs: 120_000,
  idleMs: 120_000,
  listMs: 5000,
  maxEventBytes: 4 * 1024 * 1024,
  maxBodyBytes: 16 * 1024 * 1024,
};

/**
 * Opens a vendor's models. Asks nobody: the vendor's package is loaded at the first call.
 *
 * Nothing is retried, and redirects are not followed. The key is in no message of any error. System
 * messages go to the vendor as one, before the conversation. Tool calls are given when the answer is
 * whole. OpenAI is asked to store nothing.
 *
 * Requires `--allow-net` for the host, and `--allow-env` for `ANTHROPIC_BASE_URL` (type `anthropic`) or
 * `OPENAI_BASE_URL` (type `openai`): their packages read these when they are loaded.
 *
 * @throws {ProviderError} With code `bad_request` when the type or the URL is malformed, `auth` when
 * the key is missing.
 *
 * @example Usage
 * ```ts
 * import { openProvider } from "@sigil/provider/ai_sdk";
 *
 * await using provider = openProvider({
 *   name: "home",
 *   type: "ollama",
 *   baseUrl: "http://127.0.0.1:11434/v1",
 * });
 * const events = provider.chat({
 *   model: "llama3.2",
 *   messages: [{ role: "user", content: "Why is the sky blue?" }],
 * });
 * ```
 */
export function openProvider(options: OpenProviderOptions): Provider {
  const { name, type, apiKey, models, limits, now = Date.now } = options;
  const vendor = Object.hasOwn(VENDORS, type) ? VENDORS[type] : undefined;
  if (vendor === undefined) {
    throw refusal(name, `unknown type "${type}"; the types are ${Object.keys(VENDORS).join(", ")}`);
  }
  if (vendor.needsKey && !isKey(apiKey)) {
    throw new ProviderError("auth", `Cannot open provider "${name}": it has no API key`, {
      provider: name,
    });
  }
  return new AiSdkProvider({
    name,
    type,
    vendor,
    models,
    now,
    apiKey: isKey(apiKey) ? apiKey : undefined,
    baseUrl: checkUrl(name, options.baseUrl ?? vendor.baseUrl),
    limits: withDefaults(limits),
    headers: options.headers ?? {},
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
  });
}

/** A URL may not carry a secret: it is shown in status and logs. */
function checkUrl(name: string, baseUrl: string | undefined): string {
  if (baseUrl === undefined) throw refusal(name, "it has no base URL");
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw refusal(name, "its base URL is not an http or https URL");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw refusal(name, "its base URL has a user, a query or a fragment");
  }
  return url.href.replace(/\/+$/, "");
}

function withDefaults(limits: ProviderLimits = {}): GuardLimits & { readonly listMs: number } {
  return {
    responseMs: limits.responseMs ?? DEFAULT_LIMITS.responseMs,
    idleMs: limits.idleMs ?? DEFAULT_LIMITS.idleMs,
    listMs: limits.listMs ?? DEFAULT_LIMITS.listMs,
    maxEventBytes: limits.maxEventBytes ?? DEFAULT_LIMITS.maxEventBytes,
    maxBodyBytes: limits.maxBodyBytes ?? DEFAULT_LIMITS.maxBodyBytes,
  };
}

function refusal(name: string, why: string): ProviderError {
  return new ProviderError("bad_request", `Cannot open provider "${name}": ${why}`, {
    provider: name,
  });
}
