// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { compileKernel } from "./compile_kernel.ts";

Deno.test("compileKernel() gives the kernel_wasm.ts that is here", async () => {
  const kept = await Deno.readTextFile(new URL("kernel_wasm.ts", import.meta.url));
  assertEquals(await compileKernel(), kept, "run `deno task kernel` after a change of kernel.ts");
});
