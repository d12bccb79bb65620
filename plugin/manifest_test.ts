// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { loadManifest } from "./load_manifest.ts";
import {
  type Capability,
  EXECUTION_TIERS,
  type ExecutionTier,
  mainModule,
  type Manifest,
  PLUGIN_TYPES,
  type PluginType,
} from "./manifest.ts";

Deno.test("plugin type values", () => {
  const types: PluginType[] = ["provider", "channel", "tool", "skill"];
  assertEquals([...PLUGIN_TYPES], types);
});

Deno.test("execution tier values", () => {
  const tiers: ExecutionTier[] = ["wasm", "process", "container"];
  assertEquals([...EXECUTION_TIERS], tiers);
});

Deno.test("manifest fields", () => {
  const manifest: Manifest = {
    name: "test-plugin",
    version: "1.0.0",
    type: "channel",
    engine: ">=0.1.0",
    execution: { tier: "process" },
    capabilities: [{ pattern: "channel:send" }],
  };
  assertEquals(manifest.name, "test-plugin");
  assertEquals(manifest.type, "channel");
  assertEquals(manifest.capabilities.length, 1);
});

Deno.test("capability pattern", () => {
  const capability: Capability = { pattern: "sessions.read", description: "Read session data" };
  assertEquals(capability.pattern, "sessions.read");
});

Deno.test("Manifest fields of the original are all read from plugin.yaml", async () => {
  const directory = new URL("./testdata/every_field", import.meta.url).pathname;
  const manifest: Required<Manifest> = {
    name: "test-plugin",
    version: "1.0.0",
    type: "channel",
    engine: ">=0.1.0 <2.0.0",
    license: "Apache-2.0",
    capabilities: [
      { pattern: "channel:send" },
      { pattern: "sessions.read.self", description: "Shows the last messages again" },
    ],
    deny_capabilities: [{ pattern: "tool.*" }],
    execution: {
      tier: "container",
      main: "src/main.ts",
      sandbox: {
        filesystem: {
          read_allow: ["/srv/pictures", "${config.folder}"],
          write_allow: ["cache"],
          read_deny: ["/srv/pictures/private"],
        },
        network: { allow: ["api.telegram.org:443", "[::1]:8081"], proxy: true },
      },
      image: "ghcr.io/sigil-dev/test-plugin:1.0.0",
      network: "restricted",
      memory_limit: "256MB",
    },
    config_schema: { type: "object", properties: { token: { type: "string" } } },
    dependencies: { formatter: "^1.2.0" },
    lifecycle: { hot_reload: true, graceful_shutdown_timeout: "5s" },
    storage: {
      kv: true,
      volumes: [{ name: "media", mount: "/media", size_limit: "1GB", persist: true }],
      memory: {
        collections: [{ name: "pictures", embedding_model: "local/hash", max_entries: 1000 }],
      },
    },
  };
  assertEquals(await loadManifest(directory), manifest);
});

Deno.test("mainModule() gives the file that is named, else that of the tier", async (t) => {
  const cases: [Manifest["execution"], string][] = [
    [{ tier: "process" }, "plugin.ts"],
    [{ tier: "container", image: "x" }, "plugin.ts"],
    [{ tier: "wasm" }, "plugin.wasm"],
    [{ tier: "wasm", main: "build/add.wasm" }, "build/add.wasm"],
  ];
  for (const [execution, expected] of cases) {
    await t.step(expected, () => assertEquals(mainModule({ execution }), expected));
  }
});
