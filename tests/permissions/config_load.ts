// SPDX-License-Identifier: Apache-2.0

import { loadConfig } from "@sigil/config";

await loadConfig({ path: `${Deno.args[0]}/sigil.yaml` });
