// SPDX-License-Identifier: Apache-2.0

import type { GuardedCall } from "./guarded_call.ts";

/** Reads an answer that is none: its status, its headers and what the vendor says of it. */
export async function statusError(response: Response, call: GuardedCall): Promise<Error> {
  const { status: statusCode, headers } = response;
  const responseBody = await call.open(response).text();
  const responseHeaders = Object.fromEntries(headers);
  return Object.assign(new Error(), { statusCode, responseHeaders, responseBody });
}
