// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import {
  configJsonSchema,
  formatIssue,
  makeConfig,
  parseConfig,
  redactConfig,
  validateConfig,
} from "./mod.ts";

const EXAMPLE = await Deno.readTextFile(new URL("../sigil.yaml.example", import.meta.url));

/** Brings in what is commented out: a `#` that no single space follows. */
function uncomment(text: string): string {
  return text.replace(/^( *)#(?! \S|$)/gm, "$1");
}

/** Gives the variables that the example would take. */
function variablesIn(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/\$\{(MY_\w+)\}/g)].map(([, name]) => [name, "x"]));
}

Deno.test("sigil.yaml.example is valid, and says the defaults", () => {
  const config = parseConfig(EXAMPLE);
  assertEquals(validateConfig(config).map(formatIssue), []);
  assertEquals(redactConfig(config), redactConfig(makeConfig()));
});

Deno.test("sigil.yaml.example is valid with all that is commented out", () => {
  const text = uncomment(EXAMPLE);
  const config = parseConfig(text, { env: variablesIn(text) });
  assertEquals(validateConfig(config).map(formatIssue), []);
});

Deno.test("sigil.yaml.example shows every key", () => {
  const text = uncomment(EXAMPLE);
  const config = parseConfig(text, { env: variablesIn(text) });
  const missing: string[] = [];
  findMissing(configJsonSchema(), config, "", missing);
  assertEquals(missing, []);
});

/** Walks the schema beside a config and notes the keys that nothing in the config has. */
function findMissing(schema: unknown, value: unknown, path: string, missing: string[]): void {
  const { properties = {}, additionalProperties, items } = Object(schema);
  for (const [key, child] of Object.entries(properties)) {
    const found = Object(value)[key];
    if (found === undefined) missing.push(`${path}.${key}`);
    else findMissing(child, found, `${path}.${key}`, missing);
  }
  const each = additionalProperties || items;
  if (typeof each !== "object" || !each.properties) return;
  // Each key must be shown by some entry; a provider needs one more than the other to show all.
  const notes = Object.values(Object(value)).map((entry) => {
    const ofEntry: string[] = [];
    findMissing(each, entry, `${path}.*`, ofEntry);
    return ofEntry;
  });
  const [first = [`${path}.*`], ...others] = notes;
  missing.push(...first.filter((note) => others.every((other) => other.includes(note))));
}
