// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertThrows } from "@std/assert";
import { isJsonObject, parseArguments } from "./_arguments.ts";
import { AgentError } from "./errors.ts";

const SEARCH = {
  type: "object",
  properties: {
    query: { type: "string", minLength: 1 },
    limit: { type: "integer", minimum: 1 },
    tags: { type: "array", items: { $ref: "#/$defs/tag" } },
  },
  required: ["query"],
  additionalProperties: false,
  $defs: { tag: { type: "string" } },
};

Deno.test("parseArguments() gives what matches the schema", () => {
  assertEquals(parseArguments('{"query":"owl","limit":3,"tags":["a"]}', SEARCH), {
    query: "owl",
    limit: 3,
    tags: ["a"],
  });
});

Deno.test("parseArguments() takes no arguments for an empty object", () => {
  assertEquals(parseArguments(" ", { type: "object" }), {});
});

Deno.test("parseArguments() says what does not match", async (t) => {
  const cases = [
    ["not JSON", "{query", "its arguments are not JSON: "],
    ["a list", "[]", "its arguments are not a JSON object"],
    ["null", "null", "its arguments are not a JSON object"],
    ["a missing property", "{}", '/: Instance does not have required property "query"'],
    ["a wrong type", '{"query":5}', '/query: Instance type "number" is invalid. Expected "string"'],
    ["a value below", '{"query":"a","limit":0}', "/limit: 0 is less than 1"],
    [
      "within a reference",
      '{"query":"a","tags":[1]}',
      '/tags/0: Instance type "number" is invalid',
    ],
    ["an unknown property", '{"query":"a","depth":1}', 'Property "depth" does not match'],
  ] as const;
  for (const [name, text, message] of cases) {
    await t.step(name, () => {
      const error = assertThrows(() => parseArguments(text, SEARCH), AgentError, message);
      assertEquals(error.code, "invalid_input");
    });
  }
});

Deno.test("parseArguments() reads a schema in the draft that it names", () => {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    properties: { pair: { type: "array", items: [{ type: "string" }] } },
  };
  assertThrows(() => parseArguments('{"pair":[1]}', schema), AgentError, "/pair/0");
  const draft4 = {
    $schema: "http://json-schema.org/draft-04/schema#",
    properties: { n: { type: "number", minimum: 1, exclusiveMinimum: true } },
  };
  assertThrows(() => parseArguments('{"n":1}', draft4), AgentError, "/n");
});

Deno.test("parseArguments() survives a schema that cannot be applied", async (t) => {
  const schemas = {
    "a reference to itself": { $ref: "#" },
    "a reference to nowhere": { $ref: "https://example.com/none" },
    "a malformed pattern": { properties: { query: { pattern: "(" } } },
  };
  for (const [name, schema] of Object.entries(schemas)) {
    await t.step(name, () => {
      assertThrows(
        () => parseArguments('{"query":"a"}', schema),
        AgentError,
        "its schema cannot be applied",
      );
    });
  }
});

Deno.test("parseArguments() keeps a property named __proto__ from having any effect", () => {
  const input = parseArguments('{"__proto__":{"admin":true}}', { type: "object" });
  assertEquals(Object.getPrototypeOf(input), Object.prototype);
  assertEquals("admin" in input, false);
});

Deno.test("isJsonObject() tells objects from all else", () => {
  assertEquals(["{}", '{"a":1}', "[]", "null", "", "{"].map(isJsonObject), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
