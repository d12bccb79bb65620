// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import type { SandboxConfig } from "@sigil/config";
import { PluginError } from "@sigil/plugin";
import type { LayerStatus, SandboxLayer } from "@sigil/plugin/process";
import { choosePluginLayers, spawnHeldPlugin } from "./plugin_layers.ts";

function found(...available: readonly SandboxLayer[]): readonly LayerStatus[] {
  return (["bwrap", "pdeathsig", "prlimit"] as const).map((layer) => ({
    layer,
    available: available.includes(layer),
    reason: available.includes(layer) ? "" : `${layer} is not installed`,
  }));
}

const REFUSAL = "security.sandbox requires bubblewrap, and bwrap is not installed";

Deno.test("choosePluginLayers() takes what the machine has, as far as it is wanted", async (t) => {
  type Case = readonly [SandboxConfig["bwrap"], SandboxLayer[], SandboxLayer[], string | undefined];
  const cases: readonly Case[] = [
    ["auto", ["bwrap", "pdeathsig", "prlimit"], ["bwrap", "pdeathsig", "prlimit"], undefined],
    ["auto", ["prlimit"], ["prlimit"], undefined],
    ["auto", [], [], undefined],
    ["off", ["bwrap", "prlimit"], ["prlimit"], undefined],
    ["required", ["bwrap"], ["bwrap"], undefined],
    ["required", ["prlimit"], ["prlimit"], REFUSAL],
  ];
  for (const [bwrap, available, layers, refusal] of cases) {
    await t.step(`${bwrap} with ${available.join(" and ") || "nothing"}`, () => {
      assertEquals(choosePluginLayers({ bwrap }, found(...available)), { layers, refusal });
    });
  }
});

Deno.test("spawnHeldPlugin() starts nothing without the layer that is required", async () => {
  const options = {
    plugin: "hello",
    main: "/nowhere/plugin.ts",
    permissionFlags: [],
    denoDirectory: "/nowhere/deno",
  };
  const error = await assertRejects(
    () => spawnHeldPlugin({ layers: [], refusal: REFUSAL }, options),
    PluginError,
  );
  assertEquals([error.code, error.message], [
    "unsupported",
    `Cannot start plugin "hello": ${REFUSAL}`,
  ]);
});
