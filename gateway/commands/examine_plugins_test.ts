// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch } from "@std/assert";
import { type ConfigInput, makeConfig } from "@sigil/config";
import type { LayerStatus } from "@sigil/plugin/process";
import { describeEngines, describeIsolation, describePlugin } from "./examine_plugins.ts";

const NONE: readonly LayerStatus[] = (["bwrap", "pdeathsig", "prlimit"] as const).map((layer) => ({
  layer,
  available: false,
  reason: `${layer} is not installed`,
}));
const ALL: readonly LayerStatus[] = NONE.map((each) => ({ ...each, available: true, reason: "" }));
const USED: ConfigInput = { plugins: { hello: {} } };

Deno.test("describeIsolation() warns of what lacks once plugins are enabled", async (t) => {
  type Bwrap = "auto" | "required" | "off";
  const cases: Record<string, readonly [Bwrap, readonly LayerStatus[], ConfigInput, string[]]> = {
    "everything": ["auto", ALL, USED, ["ok", "ok", "ok"]],
    "nothing": ["auto", NONE, USED, ["warning", "warning", "warning"]],
    "nothing, and no plugin": ["auto", NONE, {}, ["ok", "ok", "ok"]],
    "what is required": ["required", NONE, {}, ["failure", "ok", "ok"]],
    "what is switched off": ["off", ALL, USED, ["warning", "ok", "ok"]],
    "what is switched off, and no plugin": ["off", ALL, {}, ["ok", "ok", "ok"]],
  };
  for (const [name, [bwrap, found, input, results]] of Object.entries(cases)) {
    await t.step(name, () => {
      const config = makeConfig({ ...input, security: { sandbox: { bwrap } } });
      const findings = describeIsolation(config, found);
      assertEquals(findings.map(({ result }) => result), results);
      for (const { result, nextStep } of findings) assertEquals(nextStep === "", result === "ok");
    });
  }
});

Deno.test("describeIsolation() says why a layer is not here", () => {
  const [bwrap] = describeIsolation(makeConfig(USED), NONE);
  assertEquals(bwrap?.detail, "Not here: bwrap is not installed");
  assertMatch(bwrap?.nextStep ?? "", /^Install bubblewrap/);
});

Deno.test("describeEngines() tells which engine is used, or why there is none", () => {
  const podman = { engine: "podman", available: false, detail: "podman is not installed" } as const;
  const docker = { engine: "docker", available: true, detail: "26.1.0" } as const;
  const found = describeEngines([podman, docker]);
  assertEquals(found.detail, "docker 26.1.0 answers, for plugins of the container tier");
  const none = describeEngines([podman, { ...docker, available: false, detail: "no daemon" }]);
  assertMatch(none.detail, /^None answers \(podman is not installed; no daemon\); .* need podman/);
});

Deno.test("describePlugin() warns of one that runs, but not with its new files", () => {
  const hello = {
    name: "hello",
    version: "0.1.0",
    state: "running",
    message: "",
    isFolderGone: false,
  };
  const ok = { check: "plugin hello", result: "ok", detail: "0.1.0, running", nextStep: "" };
  assertEquals(describePlugin(hello), ok);
  const old = describePlugin({ ...hello, message: "Cannot load it" });
  assertEquals(old.result, "warning");
  assertEquals(old.detail, "0.1.0, running as it was: Cannot load it");
  assertEquals(old.nextStep, "See sigil plugin logs hello");
  const failed = describePlugin({ ...hello, state: "error", message: "Cannot start it" });
  assertEquals([failed.result, failed.detail], ["failure", "Cannot start it"]);
  const gone = describePlugin({ ...hello, isFolderGone: true, message: "There is no folder" });
  assertEquals([gone.result, gone.detail], ["failure", "There is no folder"]);
  assertMatch(gone.nextStep, /sigil plugin disable hello$/);
});
