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
  const { type, api_key, base_url, headers, models, timeouts } = config;
  const provider = openProvider({
    name,
    type,
    apiKey: api_key?.reveal(),
    baseUrl: base_url,
    headers: revealAll(headers),
    models: models.length === 0 ? undefined : models,
    limits: { responseMs: timeouts.first_event_ms, idleMs: timeouts.idle_ms },
  });
  return { provider, source: base_url ?? "configured" };
}

function revealAll(secrets: ProviderConfig["headers"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]),
  );
}
