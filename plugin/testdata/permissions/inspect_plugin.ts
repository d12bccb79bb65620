// SPDX-License-Identifier: Apache-2.0

import { inspectPlugin } from "@sigil/plugin/install";

await inspectPlugin(Deno.args[0] ?? "");
