// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { manifestJsonSchema } from "./manifest_json_schema.ts";

const EVERY_FIELD = new URL("./testdata/every_field/plugin.yaml", import.meta.url);

Deno.test("manifestJsonSchema() accepts a manifest with every field", async () => {
  const validate = new Ajv2020().compile(manifestJsonSchema());
  assert(validate(parse(await Deno.readTextFile(EVERY_FIELD))), JSON.stringify(validate.errors));
});

Deno.test("manifestJsonSchema() refuses unknown keys, wrong kinds and missing fields", () => {
  const validate = new Ajv2020().compile(manifestJsonSchema());
  const manifest = { name: "echo", version: "1.0.0", type: "tool", engine: "*" };
  assert(validate(manifest));
  assert(!validate({ ...manifest, capabilites: [] }));
  assert(!validate({ ...manifest, type: "tol" }));
  assert(!validate({ ...manifest, execution: { tier: "process", sandbox: { network: [] } } }));
  assert(!validate({ name: "echo" }));
});

Deno.test("manifestJsonSchema() explains every field of the top", () => {
  const { properties } = manifestJsonSchema();
  assert(typeof properties === "object" && properties !== null);
  for (const [key, value] of Object.entries(properties)) {
    assertEquals(typeof value.description, "string", key);
  }
});
