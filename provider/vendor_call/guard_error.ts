// SPDX-License-Identifier: Apache-2.0

import type { ProviderErrorCode } from "../chat.ts";

/** Why a call to a vendor was ended from here. */
export class GuardError extends Error {
  override readonly name = "GuardError";
  readonly code: ProviderErrorCode;

  constructor(code: ProviderErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The answer stopped before it said that it is whole. */
export function cutShort(): GuardError {
  return new GuardError("network", "the answer was cut before its end");
}

/** The answer cannot be read at all. */
export function notJson(): GuardError {
  return new GuardError("invalid_response", "it sent something that is not JSON");
}

/** The answer can be read, and says nothing that its format knows. */
export function notItsFormat(): GuardError {
  return new GuardError("invalid_response", "it sent something that is not its own format");
}
