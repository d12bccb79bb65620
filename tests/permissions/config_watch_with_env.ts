// SPDX-License-Identifier: Apache-2.0

import { makeConfig, watchConfig } from "@sigil/config";

const options = { env: {}, settleMs: 1, current: makeConfig() };
const changes = watchConfig(`${Deno.args[0]}/sigil.yaml`, options);
await changes.next();
await changes.return();
