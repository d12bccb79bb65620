// SPDX-License-Identifier: Apache-2.0

/** What the gateway is told of an error that a plugin threw. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
