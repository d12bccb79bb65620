// SPDX-License-Identifier: Apache-2.0

/** Nobody starts a plugin's process by hand: its manifest writes the flags. */
const ADVICE_OF_DENO = /, run again with the --allow-[\w-]+ flag$/;

/** What the gateway is told of an error that a plugin threw. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.replace(ADVICE_OF_DENO, ", which plugin.yaml does not allow");
}
