// SPDX-License-Identifier: Apache-2.0

import type { CallOptions } from "../provider.ts";
import type { Fetch } from "../vendor_call/guarded_call.ts";
import { isKey } from "./_key.ts";
import type { OpenProviderOptions, ProviderType } from "./open_provider.ts";

/** Where a key may be, the first that holds one counting. */
const KEY_VARIABLES: Readonly<Partial<Record<ProviderType, readonly string[]>>> = {
  anthropic: ["ANTHROPIC_API_KEY"],
  openai: ["OPENAI_API_KEY"],
  google: ["GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY"],
  openrouter: ["OPENROUTER_API_KEY"],
};

const OLLAMA_URL = "http://127.0.0.1:11434";

/** Every environment variable that {@linkcode discoverProviders} reads. */
export const DISCOVERY_VARIABLES: readonly string[] = Object.values(KEY_VARIABLES).flat();

/** A provider that was found, ready for `openProvider`. */
export interface DiscoveredProvider extends OpenProviderOptions {
  /** Where it was found, for people: the name of a variable or a URL, never the key. */
  readonly source: string;
}

/** Options of {@linkcode discoverProviders}. */
export interface DiscoverOptions extends CallOptions {
  /**
   * Where Ollama may be; `false` does not ask.
   *
   * @default {"http://127.0.0.1:11434"}
   */
  readonly ollamaUrl?: string | false | undefined;
  /**
   * How long Ollama may take, in milliseconds.
   *
   * @default {200}
   */
  readonly timeoutMs?: number | undefined;
  /**
   * What asks the network.
   *
   * @default {fetch}
   */
  readonly fetch?: Fetch | undefined;
}

/**
 * Finds the providers that can be used as things are: those whose key is in the environment, and an
 * Ollama that answers and has a model.
 *
 * An empty key counts as none, and so do the words `undefined`, `null` and `none`.
 *
 * Requires `--allow-net` for the host of Ollama unless `ollamaUrl` is `false`; without it Ollama is not
 * found. The environment is given, so no `--allow-env` is needed.
 *
 * @example Usage
 * ```ts
 * import { discoverProviders } from "@sigil/provider/ai_sdk";
 * import { assertEquals } from "@std/assert";
 *
 * const env = { ANTHROPIC_API_KEY: "a-key", OPENAI_API_KEY: "undefined" };
 * const found = await discoverProviders(env, { ollamaUrl: false });
 * assertEquals(found.map(({ name, source }) => [name, source]), [
 *   ["anthropic", "ANTHROPIC_API_KEY"],
 * ]);
 * ```
 */
export async function discoverProviders(
  env: Readonly<Record<string, string | undefined>>,
  options: DiscoverOptions = {},
): Promise<readonly DiscoveredProvider[]> {
  options.signal?.throwIfAborted();
  const keyed = typesWithKeys().flatMap(([type, variables]) => {
    const source = variables.find((variable) => isKey(env[variable]));
    return source === undefined ? [] : [{ name: type, type, source, apiKey: env[source]?.trim() }];
  });
  return [...keyed, ...await findOllama(options)];
}

/** The keys of an object are typed as any text. */
function typesWithKeys(): readonly (readonly [ProviderType, readonly string[]])[] {
  const types = ["anthropic", "openai", "google", "openrouter"] as const;
  return types.map((type) => [type, KEY_VARIABLES[type] ?? []]);
}

async function findOllama(options: DiscoverOptions): Promise<readonly DiscoveredProvider[]> {
  const { ollamaUrl = OLLAMA_URL, timeoutMs = 200, signal, fetch: ask = fetch } = options;
  if (ollamaUrl === false) return [];
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const response = await ask(`${ollamaUrl}/api/tags`, {
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    const models = readTags(await response.json());
    if (models.length === 0) return [];
    const place = { source: ollamaUrl, baseUrl: `${ollamaUrl}/v1` };
    return [{ name: "ollama", type: "ollama", models, ...place }];
  } catch {
    // Whatever is wrong, there is no Ollama to be used here.
    signal?.throwIfAborted();
    return [];
  }
}

function readTags(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null || !("models" in body)) return [];
  if (!Array.isArray(body.models)) return [];
  return body.models
    .map((model: unknown) =>
      typeof model === "object" && model !== null && "name" in model ? model.name : undefined
    )
    .filter((name) => typeof name === "string");
}
