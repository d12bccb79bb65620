// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { compileWasm } from "./compile.ts";

Deno.test("compiling the plugin again changes nothing", async () => {
  const present = await Deno.readFile(new URL("plugin.wasm", import.meta.url));
  assertEquals(
    present.toBase64() === (await compileWasm()).toBase64(),
    true,
    "Run deno task wasm",
  );
});
