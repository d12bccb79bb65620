// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { parseManifest } from "../parse_manifest.ts";
import { asksForMore } from "./asks_for_more.ts";

const HEAD = "name: p\nversion: 1.0.0\ntype: tool\nengine: '*'\n";

/** A manifest that asks for something of everything. */
const FULL = `${HEAD}capabilities: [tool.a, tool.b]
deny_capabilities: [tool.b.c]
execution:
  tier: process
  memory_limit: 64MB
  sandbox:
    filesystem: { read_allow: [/a, "\${config.folder}"], write_allow: [w], read_deny: [/a/b] }
    network: { allow: ["a.org:443"] }
config_schema: { properties: { folder: { type: string, default: /a } } }
dependencies: { other: ^1.0.0 }
lifecycle: { hot_reload: true }
storage: { kv: true, volumes: [{ name: v, mount: /v, size_limit: 1GB }] }
`;

/** What is changed of it. */
const MORE: Readonly<Record<string, readonly [string, string]>> = {
  "a capability": ["tool.b]", "tool.b, tool.c]"],
  "a wider capability": ["[tool.a,", "[tool.*,"],
  "one denial less": ["deny_capabilities: [tool.b.c]", ""],
  "a path to read": ["[/a,", "[/a, /b,"],
  "a path to write": ["[w]", '[w, "."]'],
  "one denied path less": [", read_deny: [/a/b]", ""],
  "a host": ['["a.org:443"]', '["a.org:443", "b.org:443"]'],
  "another port": ["a.org:443", "a.org:80"],
  "the proxy": ['allow: ["a.org:443"]', "proxy: true"],
  "more memory": ["64MB", "128MB"],
  "all memory": ["memory_limit: 64MB", "main: plugin.ts"],
  "another default of a setting that a path stands for": ["default: /a", "default: /etc"],
  "another type": ["type: tool", "type: provider"],
  "another need": ["^1.0.0", "^2.0.0"],
  "a larger volume": ["1GB", "2GB"],
};

const NOT_MORE: Readonly<Record<string, readonly [string, string]>> = {
  "the same": ["", ""],
  "a later version": ["1.0.0", "1.1.0"],
  "a main module": ["memory_limit", "main: other.ts\n  memory_limit"],
  "a description": ["[tool.a,", "[{ pattern: tool.a, description: why },"],
  "one capability less": [", tool.b]", "]"],
  "a denial on top": ["[tool.b.c]", "[tool.b.c, tool.b.d]"],
  "one path less": ["[/a,", "["],
  "a denied path on top": ["[/a/b]", "[/a/b, /a/c]"],
  "no host": ['"a.org:443"', ""],
  "no hot reload": ["hot_reload: true", "graceful_shutdown_timeout: 9s"],
};

Deno.test("asksForMore() tells what nobody approved", async (t) => {
  const approved = parseManifest(FULL);
  for (const [isMore, cases] of [[true, MORE], [false, NOT_MORE]] as const) {
    for (const [name, [before, after]] of Object.entries(cases)) {
      await t.step(name, () => {
        assertEquals(FULL.includes(before), true);
        assertEquals(asksForMore(approved, parseManifest(FULL.replace(before, after))), isMore);
      });
    }
  }
});

Deno.test("asksForMore() tells when a plugin that asked for nothing asks for something", () => {
  const nothing = parseManifest(HEAD);
  assertEquals(asksForMore(nothing, nothing), false);
  for (
    const more of [
      "capabilities: [tool.a]",
      "execution: { tier: wasm }",
      "execution: { tier: process, sandbox: { network: { proxy: true } } }",
      "lifecycle: { hot_reload: true }",
      "storage: { kv: true }",
      "dependencies: { a: '*' }",
    ]
  ) assertEquals(asksForMore(nothing, parseManifest(`${HEAD}${more}\n`)), true, more);
  assertEquals(
    asksForMore(nothing, parseManifest(`${HEAD}config_schema: { properties: { a: {} } }\n`)),
    false,
  );
});
