// SPDX-License-Identifier: Apache-2.0

/**
 * Gives what a vendor says went wrong, in a form to be thrown; undefined when it says nothing of the
 * kind. Some vendors send their errors with status 200, in the middle of a stream, or in a list.
 */
export function sentErrorOf(value: unknown): unknown {
  const [first] = Array.isArray(value) ? value : [value];
  const error = isRecord(first) ? first.error : undefined;
  if (isRecord(error)) return error;
  return typeof error === "string" ? { error: { message: error } } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
