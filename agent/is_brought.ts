// SPDX-License-Identifier: Apache-2.0

import { BROUGHT } from "./_brought.ts";

/** Whether a message was not said here, but told by a client: what says so stands in its metadata. */
export function isBrought(
  { metadata }: { readonly metadata: Readonly<Record<string, string>> },
): boolean {
  return metadata.origin === BROUGHT.origin;
}
