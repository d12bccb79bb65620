// SPDX-License-Identifier: Apache-2.0

import manifest from "../deno.json" with { type: "json" };

/** The version of the gateway. */
export const VERSION: string = manifest.version;
