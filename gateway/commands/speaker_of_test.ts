// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { speakerOf } from "./speaker_of.ts";

Deno.test("speakerOf() tells who said it, and where", () => {
  const here = { toolName: "", metadata: {} };
  const elsewhere = { toolName: "", metadata: { origin: "client" } };
  assertEquals(speakerOf({ ...here, role: "user" }), "user");
  assertEquals(speakerOf({ ...here, role: "assistant" }), "assistant");
  assertEquals(speakerOf({ ...elsewhere, role: "assistant" }), "assistant elsewhere");
  assertEquals(speakerOf({ ...here, role: "tool", toolName: "look" }), "tool look");
});
