// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { bundleBoot } from "./bundle.ts";

Deno.test("bundling the boot again changes nothing", async () => {
  const present = await Deno.readTextFile(new URL("./boot_source.ts", import.meta.url));
  assertEquals(present === await bundleBoot(), true, "Run deno task boot");
});
