// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { configJsonSchema } from "./mod.ts";

const EXAMPLE = new URL("../sigil.yaml.example", import.meta.url);
const PUBLISHED = new URL("./sigil.schema.json", import.meta.url);

function compile(): (value: unknown) => boolean {
  return new Ajv2020({ strict: true, allowUnionTypes: true }).compile(configJsonSchema());
}

Deno.test("configJsonSchema() accepts what is valid", async (t) => {
  const validate = compile();
  const texts = {
    nothing: "{}",
    "an empty section": "auth:\nproviders:\n",
    "an empty entry": "users: {robin: }",
    "a provider named after its type": "providers: {openai: {api_key: x}}",
    example: await Deno.readTextFile(EXAMPLE),
  };
  for (const [name, text] of Object.entries(texts)) {
    await t.step(name, () => assert(validate(parse(text))));
  }
});

Deno.test("configJsonSchema() refuses what is not", async (t) => {
  const validate = compile();
  const texts = [
    "banana: 1",
    "networking: {lisen: x}",
    "networking: {mode: publik}",
    "sessions: {memory: {active_window: 0}}",
    "sessions: {memory: {active_window: many}}",
    "auth: {token: 5}",
    "providers: {X: {type: ollama}}",
    "models: {prices: {a/b: {input: 1}}}",
  ];
  for (const text of texts) await t.step(text, () => assert(!validate(parse(text))));
});

Deno.test("configJsonSchema() describes every key", () => {
  const bare: string[] = [];
  findBare(configJsonSchema(), "", bare);
  assertEquals(bare, []);
});

function findBare(schema: unknown, path: string, bare: string[]): void {
  const { properties = {}, additionalProperties, items } = Object(schema);
  for (const [key, child] of Object.entries(properties)) {
    if (!Object(child).description) bare.push(`${path}.${key}`);
    findBare(child, `${path}.${key}`, bare);
  }
  for (const child of [additionalProperties, items]) {
    if (typeof child === "object") findBare(child, `${path}.*`, bare);
  }
}

Deno.test("sigil.schema.json is what configJsonSchema() gives", async () => {
  const published: unknown = JSON.parse(await Deno.readTextFile(PUBLISHED));
  assertEquals<unknown>(published, configJsonSchema());
});
