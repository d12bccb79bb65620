// SPDX-License-Identifier: Apache-2.0

import { notJson } from "./guard_error.ts";

/**
 * Reads what a vendor sent as JSON.
 *
 * @throws {GuardError} With code `invalid_response`.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}
