// SPDX-License-Identifier: Apache-2.0

import { isMapping, type Path, valueAt } from "./_path.ts";
import { findSecretProblem } from "./secret.ts";

const VENDOR_KEYS: Readonly<Record<string, readonly string[]>> = {
  anthropic: ["ANTHROPIC_API_KEY"],
  openai: ["OPENAI_API_KEY"],
  google: ["GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY"],
  openrouter: ["OPENROUTER_API_KEY"],
};

/** A vendor's key that the environment holds under the vendor's own name for it. */
export interface VendorKey {
  readonly path: Path;
  readonly name: string;
  readonly text: string;
}

/** Writes how a vendor's provider comes to be, such as `; set OPENAI_API_KEY …`; nothing for other names. */
export function hintAtKey(provider: string): string {
  const name = Object.hasOwn(VENDOR_KEYS, provider) ? VENDOR_KEYS[provider]?.at(-1) : undefined;
  return name === undefined ? "" : `; set ${name}, or add it under providers`;
}

/**
 * Finds keys for providers that have none: those of a vendor's type, and one named after the vendor.
 *
 * A provider with an address of its own gets none, as the key would leave for a stranger.
 */
export function findVendorKeys(
  env: Readonly<Record<string, string>>,
  tree: unknown,
): readonly VendorKey[] {
  return Object.entries(VENDOR_KEYS).flatMap(([type, names]) => {
    const name = names.find((candidate) => findSecretProblem(env[candidate] ?? "") === undefined);
    if (name === undefined) return [];
    return providersOf(type, tree).map((provider) => ({
      path: ["providers", provider, "api_key"],
      name,
      text: env[name] ?? "",
    }));
  });
}

function providersOf(type: string, tree: unknown): readonly string[] {
  const providers = valueAt(tree, ["providers"]) ?? {};
  if (!isMapping(providers)) return [];
  return Object.keys({ [type]: {}, ...providers }).filter((name) => {
    const provider = providers[name] ?? {};
    if (!isMapping(provider) || (provider.type ?? name) !== type) return false;
    return (provider.api_key ?? provider.base_url ?? null) === null;
  });
}
