// SPDX-License-Identifier: Apache-2.0

import { ConfigError } from "@sigil/config";
import { StoreError } from "@sigil/store";
import { GatewayError } from "../errors.ts";

const MORE_PERMISSION =
  'Name a place that the gateway may use: it reads this folder and writes ./data. Or add the path to\n  "read" and "write" of the permission set "gateway" in deno.json';

/** What helps, by the words for what went wrong in a store, with a provider, or in a turn. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  auth: "Check the provider's key in the environment or in sigil.yaml",
  budget: "Wait until the limit is reset, or raise it in sigil.yaml under models.budgets",
  busy: "End the other program that has the file open, and try again",
  corrupt: "Bring the file back from a backup, or put it aside",
  full: "Make room, or name a folder on another disk with --data",
  network: "Check the network, and the provider's base_url in sigil.yaml",
  overloaded: "Wait a moment and try again, or name another model with --model",
  rate_limit: "Wait a moment and try again, or name another model with --model",
  read_only: "Make the file and its folder writable, or name another folder with --data",
  storage: "See what sigil doctor finds",
  too_new: "Start the version of Sigil that wrote the file, or a newer one",
  unknown_model: "See what there is with sigil status, or add a provider to sigil.yaml",
};

/** Tells what a person can do about an error, where something helps. */
export function nextStepOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { cause = error } = error;
  if (cause instanceof Deno.errors.NotCapable) return MORE_PERMISSION;
  if (error instanceof GatewayError) return error.nextStep;
  if (error instanceof StoreError) return nextStepFor(error.code) ?? NEXT_STEPS.storage;
  return error instanceof ConfigError ? nextStepOfConfig(error) : undefined;
}

function nextStepOfConfig({ code, issues }: ConfigError): string {
  if (code !== "invalid") {
    return "Name another file with --config, or leave it out to run on defaults";
  }
  const isTyped = issues.every(({ source = "" }) => source.startsWith("--"));
  return isTyped
    ? "Give the option another value: --help tells more"
    : "Mend it, and check it with sigil config validate";
}

/** Tells what a person can do about a failure that has only a word. */
export function nextStepFor(code: string): string | undefined {
  return Object.hasOwn(NEXT_STEPS, code) ? NEXT_STEPS[code] : undefined;
}
