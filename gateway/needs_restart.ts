// SPDX-License-Identifier: Apache-2.0

import type { Config } from "@sigil/config";

/** Names the sections that differ and are read only when a gateway starts. */
export function needsRestart(before: Config, after: Config): readonly string[] {
  const read = Object.entries(READ_AT_START);
  return read.filter(([, part]) => part(before) !== part(after)).map(([section]) => section);
}

/** What is read only at the start, as a text that can be compared. It may be a secret. */
const READ_AT_START: Readonly<Record<string, (config: Config) => string | undefined>> = {
  "auth": ({ auth }) => auth.token?.reveal(),
  "networking": ({ networking }) => JSON.stringify(networking),
  "storage": ({ storage }) => JSON.stringify(storage),
  "security.sandbox": ({ security }) => JSON.stringify(security.sandbox),
};
