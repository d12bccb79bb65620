// SPDX-License-Identifier: Apache-2.0

/** Gives what went wrong first, where closing what was open failed as well. */
export function firstError(error: unknown): unknown {
  return error instanceof SuppressedError ? firstError(error.suppressed) : error;
}
