// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { detectLayers } from "./detect_layers.ts";

Deno.test("detectLayers() tells of each layer whether it works, and if not why", async () => {
  const found = await detectLayers();
  assertEquals(found.map((status) => status.layer), ["bwrap", "pdeathsig", "prlimit"]);
  for (const { available, reason } of found) assertEquals(available, reason === "");
});

Deno.test({
  name: "detectLayers() finds nothing where nothing may be run",
  permissions: "none",
  async fn() {
    const reasons = (await detectLayers()).map((status) => status.reason);
    assertEquals(reasons, [
      "bwrap may not be run",
      "setpriv may not be run",
      "prlimit may not be run",
    ]);
  },
});
