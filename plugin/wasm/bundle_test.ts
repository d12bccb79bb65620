// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { bundleWasmBoot } from "./bundle.ts";

Deno.test("bundling the boot of the wasm tier again changes nothing", async () => {
  const present = await Deno.readTextFile(new URL("./boot_source.ts", import.meta.url));
  assertEquals(present === await bundleWasmBoot(), true, "Run deno task boot");
});
