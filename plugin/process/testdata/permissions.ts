// SPDX-License-Identifier: Apache-2.0

/**
 * Starts a plugin and asks it something: `permissions.ts <DENO_DIR of the plugin>`.
 *
 * @module
 */

import { spawnPlugin } from "@sigil/plugin/process";

const [denoDirectory = ""] = Deno.args;
const folder = new URL("./hello", import.meta.url).pathname;
await using plugin = await spawnPlugin({
  plugin: "hello",
  main: `${folder}/main.ts`,
  permissionFlags: [`--allow-read=${folder}`],
  denoDirectory,
});
await plugin.init({});
await plugin.tools.describe();
