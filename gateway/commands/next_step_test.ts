// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { ConfigError, loadConfig, parseConfig } from "@sigil/config";
import { StoreError } from "@sigil/store";
import { GatewayError } from "../errors.ts";
import { nextStepFor, nextStepOf } from "./next_step.ts";

Deno.test("nextStepOf() tells what helps", async (t) => {
  const refused = new Deno.errors.NotCapable("Requires write access");
  const typed = await assertRejects(
    () => loadConfig({ env: {}, flags: { "networking.listen": "nowhere" } }),
    ConfigError,
  );
  const cases: Readonly<Record<string, readonly [error: unknown, step: RegExp]>> = {
    "a full disk": [
      new StoreError("full", "Cannot write: the disk is full"),
      /^Make room, .*--data/,
    ],
    "a store that fails otherwise": [new StoreError("closed", "Cannot read"), /sigil doctor/],
    "a permission": [refused, /permission set "gateway"/],
    "a permission beneath": [
      new GatewayError("data_directory", "Cannot use it", { cause: refused, nextStep: "Other" }),
      /permission set "gateway"/,
    ],
    "an error that knows itself": [new GatewayError("internal", "No", { nextStep: "Do" }), /^Do$/],
    "a file": [assertThrows(() => parseConfig("a: 1"), ConfigError), /^Mend it/],
    "an option": [typed, /^Give the option another value/],
    "no file": [new ConfigError("not_found", "There is none", { issues: [] }), /--config/],
  };
  for (const [name, [error, step]] of Object.entries(cases)) {
    await t.step(name, () => assertMatch(nextStepOf(error) ?? "", step));
  }
});

Deno.test("nextStepOf() is silent where nothing is known to help", () => {
  const errors = [new Error("No"), "No", undefined, new GatewayError("internal", "No")];
  assertEquals(errors.map(nextStepOf), [undefined, undefined, undefined, undefined]);
  assertEquals(["network", "constructor", ""].map((code) => typeof nextStepFor(code)), [
    "string",
    "undefined",
    "undefined",
  ]);
});
