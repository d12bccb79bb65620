// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { loadManifest } from "../load_manifest.ts";
import { parseManifest } from "../parse_manifest.ts";
import { describeManifest } from "./describe_manifest.ts";

function describe(yaml: string, type = "tool"): readonly string[] {
  const head = `name: echo\nversion: 1.0.0\ntype: ${type}\nengine: "*"\n`;
  return describeManifest(parseManifest(`${head}${yaml}\n`));
}

Deno.test("describeManifest() says everything that a manifest asks for", async () => {
  const directory = new URL("../testdata/every_field", import.meta.url).pathname;
  assertEquals(describeManifest(await loadManifest(directory)), [
    "Runs the image ghcr.io/sigil-dev/test-plugin:1.0.0 in a container on the network restricted, where it connects to whatever that reaches, with at most 256MB of memory",
    "Reads /srv/pictures",
    'Reads what its setting "folder" names',
    "Reads and writes cache in its own data folder",
    "Never touches /srv/pictures/private",
    "Connects to api.telegram.org on port 443 through the gateway's proxy",
    "Connects to [::1] on port 8081 through the gateway's proxy",
    "Uses channel:send",
    "Uses sessions.read.self: Shows the last messages again",
    "Never uses tool.*",
    "Keeps values in a store of its own",
    "Keeps files in the volume media, at most 1GB",
    "Keeps memories in the collection pictures",
    "Needs the plugin formatter in a version ^1.2.0",
    "Has the settings token",
    "Is loaded anew when its files change, unless they ask for more",
  ]);
});

Deno.test("describeManifest() says what each tier means", async (t) => {
  const cases: [string, string, string][] = [
    ["", "tool", "Runs in a process of its own"],
    ["execution: { tier: wasm }", "tool", "Runs as WebAssembly that reaches nothing"],
    [
      "execution: { tier: container, image: a }",
      "tool",
      "Runs the image a in a container without a network",
    ],
    ["", "skill", "Runs nothing: it only instructs"],
  ];
  for (const [yaml, type, expected] of cases) {
    await t.step(
      expected,
      () => assertEquals(describe(yaml, type), [expected, "Uses no capability"]),
    );
  }
});

Deno.test("describeManifest() warns of everything", () => {
  assertEquals(describe("capabilities: ['*']").at(-1), "Uses every capability there is");
});

Deno.test("describeManifest() says what configuration decides", () => {
  const network = "{ allow: ['${config.url}'] }";
  const filesystem = "{ write_allow: [., '${config.out}'] }";
  const execution =
    `execution: { tier: process, sandbox: { network: ${network}, filesystem: ${filesystem} } }`;
  assertEquals(describe(execution).slice(1, 4), [
    "Reads and writes its own data folder",
    'Reads and writes what its setting "out" names',
    'Connects to what its setting "url" names',
  ]);
  const proxy = "execution: { tier: process, sandbox: { network: { proxy: true } } }";
  assertEquals(describe(proxy)[1], "Connects through the gateway's proxy");
});
