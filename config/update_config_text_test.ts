// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ConfigError, parseConfig, updateConfigText, type WritableValue } from "./mod.ts";

Deno.test("updateConfigText() changes one value and nothing else", async (t) => {
  interface Case {
    readonly name: string;
    readonly text: string;
    readonly path: string;
    readonly value: WritableValue | undefined;
    readonly expected: string;
  }
  const cases: Case[] = [
    {
      name: "a scalar, in place",
      text: "# head\nplugins:\n\n\n    a:    {enabled:   false, path: './x'}   # why\n# tail\n",
      path: "plugins.a.enabled",
      value: true,
      expected: "# head\nplugins:\n\n\n    a:    {enabled:   true, path: './x'}   # why\n# tail\n",
    },
    {
      name: "a text that keeps its quotes",
      text: "storage: {directory: './data'}\n",
      path: "storage.directory",
      value: "/srv",
      expected: 'storage: {directory: "/srv"}\n',
    },
    {
      name: "a text that would end its brackets",
      text: "workspaces: {a: {description: x}}\n",
      path: "workspaces.a.description",
      value: "a, b: }",
      expected: 'workspaces: {a: {description: "a, b: }"}}\n',
    },
    {
      name: "a text that looks like something else",
      text: "users: {a: {name: x}}\n",
      path: "users.a.name",
      value: "true",
      expected: 'users: {a: {name: "true"}}\n',
    },
    {
      name: "a new key beside comments",
      text: "plugins:\n  # the first\n  a: # hi\n    enabled: true\n\n# tail\n",
      path: "plugins.b.enabled",
      value: false,
      expected:
        "plugins:\n  # the first\n  a:\n    # hi\n    enabled: true\n  b:\n    enabled: false\n\n# tail\n",
    },
    {
      name: "an empty text",
      text: "",
      path: "plugins.a.enabled",
      value: true,
      expected: "plugins:\n  a:\n    enabled: true\n",
    },
    {
      name: "a text of comments",
      text: "# nothing yet\n",
      path: "plugins.a.enabled",
      value: true,
      expected: "# nothing yet\n\nplugins:\n  a:\n    enabled: true\n",
    },
    {
      name: "an empty section with a comment",
      text: "plugins: # none yet\nauth:\n  token: ${TOKEN}\n",
      path: "plugins.a.enabled",
      value: true,
      expected: "plugins:\n  # none yet\n  a:\n    enabled: true\nauth:\n  token: ${TOKEN}\n",
    },
    {
      name: "an item of a list that is not indented",
      text: "networking:\n  allowed_hosts:\n  - a.example\n  - b.example # b\n",
      path: "networking.allowed_hosts[2]",
      value: "c.example",
      expected: "networking:\n  allowed_hosts:\n  - a.example\n  - b.example # b\n  - c.example\n",
    },
    {
      name: "a removed key",
      text: "plugins:\n  a: {enabled: true} # gone\n  b: {enabled: true}\n",
      path: "plugins.a",
      value: undefined,
      expected: "plugins:\n  b: {enabled: true}\n",
    },
    {
      name: "a key that is not there to be removed",
      text: "plugins:   {}\n",
      path: "plugins.a",
      value: undefined,
      expected: "plugins:   {}\n",
    },
    {
      name: "line ends and byte order mark",
      text: "\uFEFFplugins:\r\n  a: {enabled: true}\r\n",
      path: "users.b.name",
      value: "B",
      expected: "\uFEFFplugins:\r\n  a: {enabled: true}\r\nusers:\r\n  b:\r\n    name: B\r\n",
    },
    {
      name: "a whole mapping",
      text: "models:\n    default: local/recall\n",
      path: "models.budgets",
      value: { usd_per_day: 5 },
      expected: "models:\n    default: local/recall\n    budgets:\n        usd_per_day: 5\n",
    },
    {
      name: "a block text",
      text: "workspaces:\n  a:\n    description: |\n      one\n      two\n    members: []\n",
      path: "workspaces.a.description",
      value: "three",
      expected: "workspaces:\n  a:\n    description: |-\n      three\n    members: []\n",
    },
    {
      name: "a text beside issues of others",
      text: "banana: 1\nplugins: {a: {enabled: true}}\n",
      path: "plugins.a.enabled",
      value: false,
      expected: "banana: 1\nplugins: {a: {enabled: false}}\n",
    },
    {
      name: "a reference to a variable",
      text: "auth:\n",
      path: "auth.token",
      value: "${TOKEN}",
      expected: "auth:\n  token: ${TOKEN}\n",
    },
    {
      name: "a reference where a number belongs",
      text: "sessions: {memory: {active_window: 5}}\n",
      path: "sessions.memory.active_window",
      value: "${WINDOW}",
      expected: 'sessions: {memory: {active_window: "${WINDOW}"}}\n',
    },
  ];
  for (const { name, text, path, value, expected } of cases) {
    await t.step(name, () => assertEquals(updateConfigText(text, path, value), expected));
  }
});

Deno.test("updateConfigText() refuses what would not be valid", async (t) => {
  const cases: [string, string, WritableValue, string][] = [
    ["", "plugins.a.enabeld", true, 'plugins.a.enabeld (3:5): Unknown key "enabeld"'],
    ["", "plugins.a.enabled", "maybe", "plugins.a.enabled (3:14): Expected true or false"],
    ["auth: {token: x}", "auth.token", "[redacted]", 'auth.token (1:15): "[redacted]" is a red'],
    ["", "plugins.a.config", { token: "[redacted]" }, "plugins.a.config.token"],
    ["a: [", "plugins.a.enabled", true, "(1:5): "],
    ["a: 1\na: 2\n", "plugins.a.enabled", true, "a (2:1): The key is there twice"],
    ["plugins: 5", "plugins.a.enabled", true, "plugins: It is neither a mapping nor a list"],
    [
      "providers: {a: &x {type: ollama}, b: *x}",
      "providers.b.enabled",
      true,
      "providers.b: It is neither",
    ],
  ];
  for (const [text, path, value, message] of cases) {
    await t.step(`${text} ${path}`, () => {
      const error = assertThrows(() => updateConfigText(text, path, value), ConfigError);
      assertStringIncludes(error.message, `\n  ${message}`);
    });
  }
  assertThrows(() => updateConfigText("", "a..b", 1), TypeError);
});

Deno.test("updateConfigText() sets what parseConfig() reads", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 }).map((each) =>
    each.replaceAll("$", "S")
  );
  const before = fc.constantFrom(
    "",
    "workspaces: {home: {description: x, members: []}}\n",
    "workspaces:\n  home:\n    description: 'x' # y\n",
    "workspaces:\n  home:\n    description: >-\n      x\n      y\n",
    "workspaces:\n",
  );
  fc.assert(fc.property(before, text, (yaml, description) => {
    const updated = updateConfigText(yaml, "workspaces.home.description", description);
    assertEquals(parseConfig(updated).workspaces.home?.description, description);
  }));
});
