// SPDX-License-Identifier: Apache-2.0

/**
 * Who may import whom. The rules are the table of ARCHITECTURE.md; the imports are read from
 * `deno info --json` of every published file.
 */

import { assert, assertEquals } from "@std/assert";
import { type Member, readMembers } from "../tools/workspace.ts";
import { type Edge, readEdges, staticClosure } from "./_import_graph.ts";
import { findViolations, type ImportRule } from "./_import_rules.ts";

const members = await readMembers();

const RULES: Readonly<Record<string, ImportRule>> = {
  "@sigil/proto": { members: {}, packages: ["npm:@bufbuild/protobuf"] },
  "@sigil/store": { members: {}, packages: ["npm:fast-check", "npm:sqlite-vec"] },
  "@sigil/config": { members: {}, packages: ["npm:yaml", "npm:zod"] },
  "@sigil/provider": {
    members: {},
    packages: [
      "npm:@ai-sdk/anthropic",
      "npm:@ai-sdk/google",
      "npm:@ai-sdk/openai",
      "npm:@ai-sdk/provider",
      "npm:zod",
    ],
  },
  "@sigil/plugin": {
    members: {
      ...everyEntry("@sigil/proto"),
      "@sigil/provider": "types in one file",
    },
    packages: [
      "npm:@bufbuild/protobuf",
      "npm:@connectrpc/connect",
      "npm:ajv",
      "npm:modern-tar",
      "npm:semver",
      "npm:yaml",
      "npm:zod",
    ],
  },
  "@sigil/agent": {
    members: { "@sigil/store": "types", "@sigil/provider": "types", "@sigil/plugin": "types" },
    packages: ["npm:@cfworker/json-schema", "npm:@opentelemetry/api", "npm:zod"],
  },
  "@sigil/gateway": {
    members: everyEntry(),
    packages: ["npm:@opentelemetry/api", "npm:commander", "npm:hono", "npm:zod"],
  },
};

for (const member of members) {
  Deno.test(`${member.name} imports what it may, and nothing else`, async () => {
    const rule = RULES[member.name];
    assert(rule !== undefined, `no rule says what ${member.name} may import`);
    assertEquals(findViolations(await readEdges(member), member, members, rule), []);
  });
}

Deno.test("importing @sigil/store loads no backend, no driver and no package", async () => {
  const loaded = staticClosure(await readEdges(memberNamed("@sigil/store")), "store/mod.ts");
  const backends = [...loaded].filter((file) => /^(?:npm:|jsr:|node:|store\/\w+\/)/.test(file));
  assertEquals(backends, []);
});

Deno.test("node:sqlite is loaded by what keeps files, and by nothing else", async () => {
  const keepers = /^(?:store\/sqlite\/|plugin\/manager\/kv_store\.ts$)/;
  for (const member of members) {
    const users = (await readEdges(member)).filter((edge) => edge.to === "node:sqlite");
    assertEquals(users.filter((edge) => !keepers.test(edge.from)), []);
  }
});

Deno.test("staticClosure() follows code that is loaded at once, and nothing else", () => {
  const edges = [
    edge("a.ts", "b.ts"),
    edge("b.ts", "node:sqlite"),
    edge("a.ts", "c.ts", { dynamic: true }),
    edge("a.ts", "d.ts", { typeOnly: true }),
    edge("c.ts", "npm:driver"),
  ];
  assertEquals([...staticClosure(edges, "a.ts")], ["a.ts", "b.ts", "node:sqlite"]);
});

Deno.test("findViolations() finds each import that is not allowed", async (t) => {
  const one: Member = made("@x/one", "one");
  const two: Member = {
    ...made("@x/two", "two"),
    entries: { ".": "two/mod.ts", "./deep": "two/deep/mod.ts" },
  };
  const root: Member = { ...made("@x/root", "."), entries: { ".": "mod.ts" } };
  const all = [root, one, two];
  const types: ImportRule = { members: { "@x/two": "types" }, packages: [] };
  const cases: Record<string, readonly [Edge[], ImportRule, number]> = {
    "its own files": [[edge("one/mod.ts", "one/a.ts")], nothing(), 0],
    "what is built in": [[edge("one/mod.ts", "node:fs")], nothing(), 0],
    "sideways": [[edge("one/mod.ts", "two/mod.ts")], nothing(), 1],
    "sideways, when asked": [[edge("one/mod.ts", "two/mod.ts", { dynamic: true })], nothing(), 1],
    "types where types may be": [[edge("one/mod.ts", "two/mod.ts", { typeOnly: true })], types, 0],
    "code where types may be": [[edge("one/mod.ts", "two/mod.ts")], types, 1],
    "types of another entry": [
      [edge("one/mod.ts", "two/deep/mod.ts", { typeOnly: true })],
      types,
      1,
    ],
    "a file that is no entry": [[edge("one/mod.ts", "two/a.ts", { typeOnly: true })], types, 1],
    "up to the root": [[edge("one/mod.ts", "mod.ts")], nothing(), 1],
    "what is never published": [[edge("one/mod.ts", "tests/std_assert/mod.ts")], nothing(), 1],
    "another's imports": [[edge("two/mod.ts", "npm:zod")], nothing(), 0],
    "a package": [[edge("one/mod.ts", "npm:zod")], nothing(), 1],
    "an allowed package": [
      [edge("one/mod.ts", "npm:zod")],
      { members: {}, packages: ["npm:zod"] },
      0,
    ],
    "a module from anywhere": [[edge("one/mod.ts", "https://example.org/mod.ts")], nothing(), 1],
  };
  for (const [name, [edges, rule, count]] of Object.entries(cases)) {
    await t.step(name, () => assertEquals(findViolations(edges, one, all, rule).length, count));
  }
  await t.step("one adapter file, and not two", () => {
    const rule: ImportRule = { members: { "@x/two": "types in one file" }, packages: [] };
    const first = edge("one/a.ts", "two/mod.ts", { typeOnly: true });
    const second = edge("one/b.ts", "two/mod.ts", { typeOnly: true });
    assertEquals(findViolations([first], one, all, rule), []);
    assertEquals(findViolations([first, second], one, all, rule).length, 1);
  });
  await t.step("the root from tests", () => {
    assertEquals(findViolations([edge("mod.ts", "tests/a.ts")], root, all, nothing()).length, 1);
    assertEquals(findViolations([edge("tests/a.ts", "npm:zod")], root, all, nothing()), []);
  });
});

function memberNamed(name: string): Member {
  const member = members.find((candidate) => candidate.name === name);
  assert(member !== undefined, `no member is named ${name}`);
  return member;
}

/** Every entry of one member, or of all: the gateway composes them. */
function everyEntry(only?: string): ImportRule["members"] {
  const names = members.filter(({ name }) => only === undefined || name === only)
    .flatMap(({ name, entries }) => Object.keys(entries).map((path) => name + path.slice(1)));
  return Object.fromEntries(names.map((name) => [name, "code"]));
}

function made(name: string, folder: string): Member {
  return { name, version: "1.0.0", folder, entries: { ".": `${folder}/mod.ts` } };
}

function edge(
  from: string,
  to: string,
  { typeOnly = false, dynamic = false }: { typeOnly?: boolean; dynamic?: boolean } = {},
): Edge {
  return { from, to, typeOnly, dynamic };
}

function nothing(): ImportRule {
  return { members: {}, packages: [] };
}
