// SPDX-License-Identifier: Apache-2.0

import { loadManifest } from "@sigil/plugin";

await loadManifest(Deno.args[0] ?? "");
