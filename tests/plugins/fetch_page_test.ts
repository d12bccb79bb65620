// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Site } from "../../examples/plugins/fetch_page/testdata/site.ts";
import { layerCases } from "../../plugin/process/testdata/spawn_test_plugin.ts";
import { ExamplePlugin } from "./_example_plugin.ts";

for (const { name, layers, skip } of await layerCases()) {
  Deno.test({
    name: `fetch-page reaches its site and no other, with ${name}${skip && `: ${skip}`}`,
    ignore: skip !== "",
    fn: async () => {
      await using site = new Site();
      await using other = new Site();
      site.elsewhere = `${other.url}/`;
      await using example = await ExamplePlugin.start("fetch_page", {
        config: { site: site.url },
        layers,
      });
      assertEquals(example.status.state, "running", example.status.lastError?.message);
      assertEquals(example.flags, [
        ...example.readFlags(),
        `--allow-net=${new URL(site.url).host}`,
      ]);
      assertEquals(await example.run("fetch", { url: "/moved" }), "HELLO\n\nA page & more");
      assertStringIncludes(await example.run("fetch", { url: "/elsewhere" }), "!http");
      assertStringIncludes(await example.run("fetch", { url: other.url }), "the only site");
      assertEquals(other.requests, []);
    },
  });
}

Deno.test("fetch-page is granted one host, not what a site only looks like", async (t) => {
  const wrong: Readonly<Record<string, readonly [site: string, code: string]>> = {
    "a path": ["https://example.org/a", "invalid_config"],
    "no scheme": ["example.org", "invalid_config"],
    "a wildcard": ["https://*.example.org", "invalid_permission"],
    "every address of the machine": ["http://0.0.0.0:80", "invalid_permission"],
  };
  for (const [name, [site, code]] of Object.entries(wrong)) {
    await t.step(name, async () => {
      await using example = await ExamplePlugin.start("fetch_page", { config: { site } });
      assertEquals(example.status.lastError?.code, code, example.status.lastError?.message);
    });
  }
});
