// SPDX-License-Identifier: Apache-2.0

import { openPluginManager } from "@sigil/plugin/manager";
import { spawnPlugin } from "@sigil/plugin/process";

const [folder = "", data = ""] = Deno.args;
await using manager = await openPluginManager({
  directory: `${data}/plugins`,
  dataDirectory: data,
  config: { echo: { enabled: true, path: folder } },
  spawn: spawnPlugin,
  enforcer: { enforce: async () => {} },
  audit: { append: async () => {} },
  engineVersion: "0.1.0",
});
await manager.ready;
const { state, lastError } = manager.get("echo");
if (state !== "running") throw new Error(lastError?.message);
