// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertObjectMatch } from "@std/assert";
import { DEFAULT_SETTINGS } from "@sigil/agent";
import { makeConfig } from "@sigil/config";
import { toAgentSettings } from "./compose_agent.ts";
import { toLimits } from "./config_view.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

Deno.test("toAgentSettings() gives the agent its own defaults where nothing is configured", () => {
  const { compaction: { model, ...compaction }, ...rest } = DEFAULT_SETTINGS;
  const settings = toAgentSettings(makeConfig());
  assertObjectMatch({ ...rest, ...settings }, { ...rest, compaction });
  assertEquals(settings.compaction?.model ?? "", model);
});

Deno.test("toLimits() gives the gateway its own defaults where nothing is configured", () => {
  assertEquals({ ...DEFAULT_LIMITS, ...toLimits(makeConfig()) }, DEFAULT_LIMITS);
});
