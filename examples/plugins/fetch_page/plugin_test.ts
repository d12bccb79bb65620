// SPDX-License-Identifier: Apache-2.0

import { testPlugin } from "@sigil/plugin/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import plugin from "./plugin.ts";
import { Site } from "./testdata/site.ts";

Deno.test("fetch gives a page as plain text", async (t) => {
  await using site = new Site();
  await using tested = await testPlugin(plugin, { config: { site: site.url } });
  const cases: readonly (readonly [url: string, text: string])[] = [
    ["/", "HELLO\n\nA page & more"],
    [`${site.url}/`, "HELLO\n\nA page & more"],
    ["/data.json", '{"a":1}'],
    ["/latin1", "Åbo"],
    ["/moved", "HELLO\n\nA page & more"],
    ["/odd-charset", "plain"],
  ];
  for (const [url, text] of cases) {
    await t.step(url.replace(site.url, ""), async () => {
      assertEquals(await tested.execute("fetch", { url }), text);
    });
  }
});

Deno.test("fetch refuses what is not a page of the site", async (t) => {
  await using site = new Site();
  await using other = new Site();
  site.elsewhere = `${other.url}/`;
  await using tested = await testPlugin(plugin, { config: { site: site.url } });
  const cases: readonly (readonly [url: string, reason: string])[] = [
    [`${other.url}/`, "the only site"],
    ["//example.org/", "the only site"],
    ["file:///etc/hostname", "the only site"],
    [site.url.replace("//", "//name:word@"), "no password"],
    ["/elsewhere", "the only site"],
    ["/loop", "more than 5 others"],
    ["/missing", "answered 404"],
    ["/image", "image/png, not a text"],
    ["http://[", "is no address"],
  ];
  for (const [url, reason] of cases) {
    await t.step(reason, async () => {
      const error = await assertRejects(() => tested.execute("fetch", { url }), Error);
      assertStringIncludes(error.message, reason);
    });
  }
  assertEquals(other.requests, []);
});

Deno.test("fetch reads no more of a page than it may", async () => {
  await using site = new Site();
  const config = { site: site.url, max_bytes: 5 };
  await using tested = await testPlugin(plugin, { config });
  assertEquals(await tested.execute("fetch", { url: "/endless" }), "aaaaa\n(cut after 5 bytes)");
  await site.left("/endless");
});

Deno.test("fetch gives up a site that does not answer", async () => {
  await using site = new Site();
  await using tested = await testPlugin(plugin, { config: { site: site.url, timeout_ms: 50 } });
  const error = await assertRejects(() => tested.execute("fetch", { url: "/silent" }), Error);
  assertStringIncludes(error.message, "did not answer in 50 ms");
  await site.left("/silent");
});

Deno.test("fetch lets go of the page when nobody waits for it", async () => {
  await using site = new Site();
  await using tested = await testPlugin(plugin, { config: { site: site.url } });
  const leaving = new AbortController();
  const fetched = tested.execute("fetch", { url: "/silent" }, { signal: leaving.signal });
  await site.asked("/silent");
  leaving.abort(new Error("enough"));
  await assertRejects(() => fetched, Error, "enough");
  await site.left("/silent");
});
