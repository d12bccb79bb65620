// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { matchCapability, parseCapability } from "./capability.ts";
import { PluginError } from "./errors.ts";

Deno.test("parseCapability() takes an action and its scope apart", async (t) => {
  const cases: [string, string[], string | undefined][] = [
    ["sessions.read", ["sessions", "read"], undefined],
    ["sessions.read.self", ["sessions", "read", "self"], undefined],
    ["tool.*", ["tool", "*"], undefined],
    ["*", ["*"], undefined],
    ["channel:send", ["channel"], "send"],
    ["tool.file_search.Find-2", ["tool", "file_search", "Find-2"], undefined],
    ["filesystem.read:/data/**", ["filesystem", "read"], "/data/**"],
    ["filesystem.read:/", ["filesystem", "read"], "/"],
    ["filesystem.read:/Grüße 日本/a.b", ["filesystem", "read"], "/Grüße 日本/a.b"],
    ["network.connect:[::1]:443", ["network", "connect"], "[::1]:443"],
    ["network.connect:*", ["network", "connect"], "*"],
  ];
  for (const [text, segments, scope] of cases) {
    await t.step(text, () => assertEquals(parseCapability(text), { segments, scope }));
  }
});

Deno.test("parseCapability() refuses what is malformed and says why", async (t) => {
  const cases: [string, string][] = [
    ["", "it is empty"],
    [".", "a segment is empty"],
    ["a..b", "a segment is empty"],
    ["a.", "a segment is empty"],
    [":send", "a segment is empty"],
    ["-a", '"-a" is neither a word nor a star'],
    ["tool.web*", '"web*" is neither a word nor a star'],
    ["tool.**", '"**" is neither a word nor a star'],
    ["tool read", '"tool read" is neither a word nor a star'],
    ["tøol", '"tøol" is neither a word nor a star'],
    ["a\n.b", '"a\\n" is neither a word nor a star'],
    ["channel:", "nothing follows the colon"],
    ["channel:a b", '"a b" is neither an absolute path, nor a word, nor a star'],
    ["channel:tele*", '"tele*" is neither an absolute path, nor a word, nor a star'],
    ["filesystem.read:/data/../etc", 'its path has the segment ".."'],
    ["filesystem.read:/./data", 'its path has the segment "."'],
    ["filesystem.read:/data//x", "its path has an empty segment"],
    ["filesystem.read:/data/", "its path has an empty segment"],
    ["filesystem.read:/a\0b", "its path has a control character"],
    ["filesystem.read:/data/*.md", 'in its path, "*.md" has a star that is not alone'],
    ["a".repeat(513), "it is longer than 512 characters"],
  ];
  for (const [text, reason] of cases) {
    await t.step(JSON.stringify(text.slice(0, 40)), () => {
      const error = assertThrows(() => parseCapability(text), PluginError, reason);
      assertEquals(error.code, "invalid_capability");
    });
  }
});

Deno.test("matchCapability() follows its rules", async (t) => {
  const cases: [pattern: string, capability: string, expected: boolean][] = [
    // Exact.
    ["sessions.read", "sessions.read", true],
    ["sessions.read", "sessions.write", false],
    ["sessions.read", "sessions", false],
    ["sessions.read", "sessions.read.self", false],
    ["sessions.read.self", "sessions.read", false],
    ["Sessions.read", "sessions.read", false],
    // A star at the end: one segment or more.
    ["tool.*", "tool.echo", true],
    ["tool.*", "tool.web.fetch", true],
    ["tool.*", "tool", false],
    ["tool.*", "tools.echo", false],
    ["*", "tool", true],
    ["*", "tool.web.fetch:example.com:443", true],
    // A star before the end: exactly one.
    ["messages.*.telegram", "messages.send.telegram", true],
    ["messages.*.telegram", "messages.telegram", false],
    ["messages.*.telegram", "messages.send.now.telegram", false],
    ["*.read", "sessions.read", true],
    ["*.read", "sessions.write", false],
    ["*.*", "sessions", false],
    ["*.*", "sessions.read.self", true],
    // A word as scope.
    ["channel:send", "channel:send", true],
    ["channel:send", "channel:sends", false],
    ["channel:send", "channel", false],
    ["channel", "channel:send", true],
    ["channel:*", "channel:send", true],
    ["channel:*", "channel", false],
    ["network.connect:a.org:443", "network.connect:a.org:8443", false],
    // A path as scope.
    ["filesystem.read:/data", "filesystem.read:/data", true],
    ["filesystem.read:/data", "filesystem.read:/data/a", false],
    ["filesystem.read:/data/*", "filesystem.read:/data/a", true],
    ["filesystem.read:/data/*", "filesystem.read:/data", false],
    ["filesystem.read:/data/*", "filesystem.read:/data/a/b", false],
    ["filesystem.read:/data/**", "filesystem.read:/data", true],
    ["filesystem.read:/data/**", "filesystem.read:/data/a/b", true],
    ["filesystem.read:/data/**", "filesystem.read:/database", false],
    ["filesystem.read:/data/**", "filesystem.write:/data/a", false],
    ["filesystem.read:/data/**", "filesystem.read", false],
    ["filesystem.read:/**/secret", "filesystem.read:/a/b/secret", true],
    ["filesystem.read:/**/secret", "filesystem.read:/secret", true],
    ["filesystem.read:/**/secret", "filesystem.read:/secret/a", false],
    ["filesystem.read:/a/**/b/*/**", "filesystem.read:/a/x/b/y/b/z", true],
    ["filesystem.read:/a/**/b/*/**", "filesystem.read:/a/x/b", false],
    ["filesystem.read:/**", "filesystem.read:/", true],
    ["filesystem.read:/", "filesystem.read:/data", false],
    ["filesystem.read:/data", "filesystem.read:data", false],
  ];
  for (const [pattern, capability, expected] of cases) {
    await t.step(`${pattern} ${expected ? "covers" : "does not cover"} ${capability}`, () => {
      assertEquals(matchCapability(pattern, capability), expected);
    });
  }
});

Deno.test("matchCapability() refuses a star in what is to be done", () => {
  for (const capability of ["tool.*", "*", "filesystem.read:/data/**", "channel:*"]) {
    const error = assertThrows(
      () => matchCapability("*", capability),
      PluginError,
      "only a pattern may have a star",
    );
    assertEquals(error.code, "invalid_capability");
  }
});

const word = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,6}$/);
const action = fc.array(word, { minLength: 1, maxLength: 5 });

Deno.test("matchCapability() covers every capability by itself", () => {
  fc.assert(fc.property(action, fc.option(word, { nil: undefined }), (segments, scope) => {
    const capability = segments.join(".") + (scope === undefined ? "" : `:${scope}`);
    assertEquals(matchCapability(capability, capability), true);
  }));
});

Deno.test("matchCapability() covers by prefix.* exactly what goes on after the prefix", () => {
  fc.assert(fc.property(action, action, (prefix, segments) => {
    const goesOn = segments.length > prefix.length &&
      prefix.every((segment, index) => segment === segments[index]);
    assertEquals(matchCapability(`${prefix.join(".")}.*`, segments.join(".")), goesOn);
    assertEquals(
      matchCapability(`${prefix.join(".")}.*`, [...prefix, ...segments].join(".")),
      true,
    );
  }));
});

const pathPart = fc.constantFrom("a", "b", "*", "**");

Deno.test("matchCapability() matches paths as a regular expression would", () => {
  const paths = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 7 });
  const patterns = fc.array(pathPart, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(patterns, paths, (pattern, path) => {
      const source = pattern.map((part) =>
        part === "**" ? "(/[^/]+)*" : `/${part.replace("*", "[^/]+")}`
      );
      const expected = new RegExp(`^${source.join("")}$`).test(`/${path.join("/")}`);
      const actual = matchCapability(`read:/${pattern.join("/")}`, `read:/${path.join("/")}`);
      assertEquals(actual, expected);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseCapability() gives an answer or a PluginError for any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    try {
      parseCapability(text);
    } catch (error) {
      assertEquals(error instanceof PluginError, true);
    }
  }));
});
