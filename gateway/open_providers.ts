// SPDX-License-Identifier: Apache-2.0

import type { Config, ProviderConfig } from "@sigil/config";
import type { Provider } from "@sigil/provider";
import { discoverProviders, openProvider } from "@sigil/provider/ai_sdk";
import { openLocalProvider } from "@sigil/provider/local";

/** A provider, and how it was found. */
export interface FoundProvider {
  /** The provider. */
  readonly provider: Provider;
  /** How it was found, for people. */
  readonly source: string;
}

/**
 * Opens the built-in provider, those of the configuration, and an Ollama that answers on this machine.
 *
 * @param options With `ollamaUrl` false, Ollama is not looked for.
 */
export async function openProviders(
  config: Config,
  options: { readonly ollamaUrl?: string | false | undefined } = {},
): Promise<readonly FoundProvider[]> {
  const configured = Object.entries(config.providers).filter(([, { enabled }]) => enabled);
  const hasOllama = Object.values(config.providers).some(({ type }) => type === "ollama");
  const ollamaUrl = hasOllama ? false : options.ollamaUrl;
  const discovered = await discoverProviders({}, { ollamaUrl });
  return [
    { provider: openLocalProvider(), source: "built in" },
    ...configured.map(([name, provider]) => openConfigured(name, provider)),
    ...discovered.map((found) => ({ provider: openProvider(found), source: found.source })),
  ];
}

function openConfigured(name: string, config: ProviderConfig): FoundProvider {
  const { type, api_key, base_url, models, timeouts } = config;
  const provider = openProvider({
    name,
    type,
    apiKey: api_key?.reveal(),
    baseUrl: base_url,
    models: models.length === 0 ? undefined : models,
    limits: { responseMs: timeouts.first_event_ms, idleMs: timeouts.idle_ms },
    fetch: withHeaders(config.headers),
  });
  return { provider, source: base_url ?? "configured" };
}

/** A fetch that adds the headers of the configuration; undefined when there are none. */
function withHeaders(extra: ProviderConfig["headers"]): typeof fetch | undefined {
  const entries = Object.entries(extra);
  if (entries.length === 0) return undefined;
  return (input, init) => {
    const headers = new Headers(init?.headers);
    for (const [name, secret] of entries) headers.set(name, secret.reveal());
    return fetch(input, { ...init, headers });
  };
}
