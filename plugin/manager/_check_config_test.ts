// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import { PluginError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import { checkConfig } from "./_check_config.ts";

function manifestOf(config_schema?: Manifest["config_schema"]): Manifest {
  return {
    name: "echo",
    version: "1.0.0",
    type: "tool",
    engine: "*",
    capabilities: [],
    execution: { tier: "process" },
    config_schema,
  };
}

const SCHEMA = {
  type: "object",
  properties: {
    token: { type: "string", minLength: 20 },
    server: { type: "object", properties: { port: { type: "integer", default: 80 } }, default: {} },
  },
  required: ["token"],
  additionalProperties: false,
};

Deno.test("checkConfig() takes anything where the manifest says nothing", () => {
  assertEquals(checkConfig(manifestOf(), { a: [1] }), { a: [1] });
});

Deno.test("checkConfig() fills in what is left out, without changing what it is given", () => {
  const config = { token: "12345678901234567890" };
  assertEquals(checkConfig(manifestOf(SCHEMA), config), { ...config, server: { port: 80 } });
  assertEquals(config, { token: "12345678901234567890" });
});

Deno.test("checkConfig() names every wrong field and no value", () => {
  const config = { token: "secret-secret", server: { port: "hunter2" }, extra: "hidden" };
  const error = assertThrows(() => checkConfig(manifestOf(SCHEMA), config), PluginError);
  assertEquals([error.code, error.plugin], ["invalid_config", "echo"]);
  assertEquals(
    error.message,
    'Cannot configure plugin "echo": its config must NOT have additional properties (extra); ' +
      "token must NOT have fewer than 20 characters; server.port must be integer",
  );
  assertFalse(/secret|hunter|hidden/.test(error.message));
});
