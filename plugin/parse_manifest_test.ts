// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type ManifestIssue, PluginError } from "./errors.ts";
import { parseManifest } from "./parse_manifest.ts";

const HEAD = "name: echo\nversion: 1.0.0\ntype: tool\nengine: '>=0.1.0'\n";

function issuesOf(text: string): readonly ManifestIssue[] {
  const error = assertThrows(() => parseManifest(text), PluginError);
  assertEquals(error.code, "invalid_manifest");
  return error.issues;
}

Deno.test("parseManifest() fills in no capabilities and the process tier", () => {
  assertEquals(parseManifest(HEAD), {
    name: "echo",
    version: "1.0.0",
    type: "tool",
    engine: ">=0.1.0",
    capabilities: [],
    execution: { tier: "process" },
  });
});

Deno.test("parseManifest() takes both spellings of a capability", () => {
  const text =
    `${HEAD}capabilities:\n  - tool.echo\n  - pattern: channel:send\n    description: To answer\n`;
  assertEquals(parseManifest(text).capabilities, [
    { pattern: "tool.echo" },
    { pattern: "channel:send", description: "To answer" },
  ]);
});

Deno.test("parseManifest() reads any style of YAML", () => {
  const json = '{"name": "echo", "version": "1.0.0", "type": "tool", "engine": "*"}';
  const shared = `${HEAD}capabilities: &all [tool.*]\ndeny_capabilities: *all\n`;
  assertEquals(parseManifest(json).engine, "*");
  assertEquals(parseManifest(shared).deny_capabilities, [{ pattern: "tool.*" }]);
  assertEquals(parseManifest(HEAD.replaceAll("\n", "\r\n")).name, "echo");
  assertEquals(parseManifest(`\uFEFF${HEAD}`).name, "echo");
});

Deno.test("parseManifest() tells code, path and place of each mistake", async (t) => {
  const cases: [string, Pick<ManifestIssue, "code" | "path" | "line" | "column">, string][] = [
    ["engine: '*'\nname: e\nversion: 1.0.0\n", {
      code: "missing",
      path: "type",
      line: 1,
      column: 1,
    }, "Missing"],
    [
      HEAD.replace("tool", "tol"),
      { code: "invalid_value", path: "type", line: 3, column: 7 },
      'Expected one of "provider", "channel", "tool", "skill", got "tol"',
    ],
    [
      HEAD.replace("1.0.0", "1.0"),
      { code: "invalid_type", path: "version", line: 2, column: 10 },
      "Expected a text, got 1: put it in quotes",
    ],
    [
      `${HEAD}capabilites: []\n`,
      { code: "unknown_key", path: "capabilites", line: 5, column: 1 },
      'Unknown key "capabilites": did you mean "capabilities"?',
    ],
    [
      `${HEAD}colour: red\n`,
      { code: "unknown_key", path: "colour", line: 5, column: 1 },
      'Unknown key "colour"',
    ],
    [
      `${HEAD}execution:\n  tier: process\n  sandbox:\n    filesystem:\n      read_alow: [a]\n`,
      { code: "unknown_key", path: "execution.sandbox.filesystem.read_alow", line: 9, column: 7 },
      'did you mean "read_allow"?',
    ],
    [
      `${HEAD}capabilities:\n  - patern: tool.echo\n    pattern: tool.echo\n`,
      { code: "unknown_key", path: "capabilities[0].patern", line: 6, column: 5 },
      'did you mean "pattern"?',
    ],
    [
      `${HEAD}capabilities: [tool.ok, tool.w*]\n`,
      { code: "invalid_value", path: "capabilities[1]", line: 5, column: 25 },
      'Cannot use "tool.w*" as a capability: "w*" is neither a word nor a star',
    ],
    [
      `${HEAD}execution: { tier: container }\n`,
      { code: "missing", path: "execution.image", line: 5, column: 12 },
      "The container tier needs an image",
    ],
    [
      `${HEAD}config_schema: { properties: { port: { type: nummer } } }\n`,
      { code: "invalid_value", path: "config_schema.properties.port.type", line: 5, column: 46 },
      "Not a JSON Schema",
    ],
    ["name: [\n", { code: "syntax", path: "", line: 2, column: 1 }, "Not valid YAML"],
    ["a: &a [*a]\n", { code: "syntax", path: "", line: 1, column: 1 }, "Not data"],
    ["", { code: "invalid_type", path: "", line: 1, column: 1 }, "Expected a map, got nothing"],
    ["- a\n", { code: "invalid_type", path: "", line: 1, column: 1 }, "Expected a map, got a list"],
    ["name: a\nname: b\n", { code: "syntax", path: "", line: 2, column: 1 }, "unique"],
  ];
  for (const [text, place, message] of cases) {
    await t.step(`${place.path || "file"}: ${message}`, () => {
      const issues = issuesOf(text);
      assertEquals(issues.length, 1, JSON.stringify(issues));
      const [issue] = issues;
      assert(issue !== undefined);
      assertStringIncludes(issue.message, message);
      const { code, path, line, column } = issue;
      assertEquals({ code, path, line, column }, place);
    });
  }
});

Deno.test("parseManifest() refuses wrong values of every field", async (t) => {
  const cases: [field: string, yaml: string][] = [
    ["name", "name: Echo"],
    ["name", "name: 9lives"],
    ["name", "name: a--b"],
    ["name", "name: a_b"],
    ["name", `name: ${"a".repeat(33)}`],
    ["version", "version: one"],
    ["version", "version: v1.0.0"],
    ["version", 'version: "=1.0.0"'],
    ["type", "type: Tool"],
    ["engine", "engine: soon"],
    ["engine", "engine: ''"],
    ["license", "license: ''"],
    ["capabilities", "capabilities: tool.*"],
    ["capabilities[0]", "capabilities: ['']"],
    ["capabilities[0]", "capabilities: [[a]]"],
    ["capabilities[0].pattern", "capabilities: [{ description: b }]"],
    ["deny_capabilities[0]", "deny_capabilities: [a b]"],
    ["execution", "execution: process"],
    ["execution.tier", "execution: {}"],
    ["execution.tier", "execution: { tier: vm }"],
    ["execution.main", "execution: { tier: process, main: ../main.ts }"],
    ["execution.main", "execution: { tier: process, main: /main.ts }"],
    ["execution.main", "execution: { tier: process, main: a/../b.ts }"],
    ["execution.main", "execution: { tier: process, main: 'https://a/b.ts' }"],
    ["execution.main", "execution: { tier: process, main: plugin.py }"],
    ["execution.image", "execution: { tier: process, image: a }"],
    ["execution.image", "execution: { tier: container, image: --privileged }"],
    ["execution.image", "execution: { tier: container, image: 'a b' }"],
    ["execution.network", "execution: { tier: process, network: none }"],
    ["execution.network", "execution: { tier: container, image: a, network: host }"],
    ["execution.network", "execution: { tier: container, image: a, network: 'container:x' }"],
    ["execution.sandbox", "execution: { tier: wasm, sandbox: {} }"],
    ["execution.memory_limit", "execution: { tier: process, memory_limit: much }"],
    ["execution.memory_limit", "execution: { tier: process, memory_limit: 0MB }"],
    [
      "execution.sandbox.network.proxy",
      "execution: { tier: process, sandbox: { network: { proxy: 1 } } }",
    ],
    ["config_schema", "config_schema: []"],
    ["config_schema", "config_schema: { $ref: '#/nowhere' }"],
    ["config_schema", "config_schema: { pattern: '(' }"],
    ["config_schema.type", "config_schema: { type: text }"],
    ["dependencies.Other", "dependencies: { Other: '1' }"],
    ["dependencies.other", "dependencies: { other: latest }"],
    ["dependencies.echo", "dependencies: { echo: '1' }"],
    ["lifecycle.hot_reload", "lifecycle: { hot_reload: often }"],
    ["lifecycle.graceful_shutdown_timeout", "lifecycle: { graceful_shutdown_timeout: 0s }"],
    ["storage.kv", "storage: { kv: 1 }"],
    ["storage.volumes[0].mount", "storage: { volumes: [{ name: a, mount: data }] }"],
    ["storage.volumes[0].mount", "storage: { volumes: [{ name: a, mount: /proc/1 }] }"],
    [
      "storage.volumes[0].size_limit",
      "storage: { volumes: [{ name: a, mount: /a, size_limit: 1 }] }",
    ],
    ["storage.memory.collections[0].name", "storage: { memory: { collections: [{ name: A }] } }"],
    [
      "storage.memory.collections[0].max_entries",
      "storage: { memory: { collections: [{ name: a, max_entries: 0 }] } }",
    ],
  ];
  for (const [field, yaml] of cases) {
    await t.step(yaml, () => {
      const key = yaml.slice(0, yaml.indexOf(":"));
      const text = `${HEAD.replace(new RegExp(`^${key}:.*\n`, "m"), "")}${yaml}\n`;
      assertEquals(issuesOf(text).map((issue) => issue.path), [field]);
    });
  }
});

Deno.test("parseManifest() refuses paths that would widen what is granted", async (t) => {
  const cases: [string, string][] = [
    ["''", "it is empty"],
    ["/", "the whole file system"],
    ["/./", "the whole file system"],
    ["//", "the whole file system"],
    ["../secrets", 'the segment ".."'],
    ["/a/../b", 'the segment ".."'],
    ["-rf", "starts with a dash"],
    ["~/notes", "starts with ~"],
    ["'a,b'", "a comma"],
    ["/data/*", "a wildcard"],
    ["'/data/[ab]'", "a wildcard"],
    ["'$HOME/x'", "a wildcard"],
    ["'x${config.folder}'", "a wildcard"],
    ['"a\\0b"', "a control character"],
    ['"a\\nb"', "a control character"],
    ["/proc/self/environ", "/proc reaches"],
    ["/proc", "/proc reaches"],
    ["//dev/mem", "/dev reaches"],
    ["/sys/./kernel", "/sys reaches"],
    [`/${"a".repeat(5000)}`, "longer than"],
  ];
  for (const key of ["read_allow", "write_allow"]) {
    for (const [path, reason] of cases) {
      await t.step(`${key} ${path.slice(0, 30)}`, () => {
        const sandbox = `{ filesystem: { ${key}: [notes, ${path}] } }`;
        const [issue] = issuesOf(`${HEAD}execution: { tier: process, sandbox: ${sandbox} }\n`);
        assertEquals(issue?.path, `execution.sandbox.filesystem.${key}[1]`);
        assertStringIncludes(issue?.message ?? "", reason);
      });
    }
  }
  await t.step("read_deny may name what cannot be allowed", () => {
    const sandbox = "{ filesystem: { read_deny: [/proc, /, notes] } }";
    parseManifest(`${HEAD}execution: { tier: process, sandbox: ${sandbox} }\n`);
  });
});

Deno.test("parseManifest() refuses hosts that would widen what is granted", async (t) => {
  const wrong: [string, string][] = [
    ["example.com", "not host:port"],
    ["example.com:", "not host:port"],
    ["example.com:0", "not host:port"],
    ["example.com:080", "not host:port"],
    ["example.com:65536", "there is no port"],
    [":443", "not host:port"],
    ["*:443", "a wildcard"],
    ["*.example.com:443", "a wildcard"],
    ["https://example.com:443", "a URL"],
    ["Example.com:443", "lowercase"],
    ["example.com.:443", "not a host name"],
    ["-a.com:443", "not a host name"],
    ["a_b.com:443", "not a host name"],
    ["a b.com:443", "not a host name"],
    ["a.com,b.com:443", "not a host name"],
    ["user@a.com:443", "not a host name"],
    ["10.0.0.0/8:443", "not a host name"],
    ["unix:/run/docker.sock:1", "brackets"],
    ["127.1:80", "not an IPv4 address"],
    ["2130706433:80", "not an IPv4 address"],
    ["0177.0.0.1:80", "not an IPv4 address"],
    ["256.0.0.1:80", "not an IPv4 address"],
    ["0.0.0.0:80", "every address"],
    ["0x7f000001:80", "odd IPv4 form"],
    ["a.0x7f:80", "odd IPv4 form"],
    ["::1:80", "brackets"],
    ["[::]:80", "every address"],
    ["[0:0:0:0:0:0:0:1]:80", "write [::1]"],
    ["[fe80::1%eth0]:80", "not an IPv6 address"],
    ["[::1:80", "not an IPv6 address"],
    ["[::1]@evil.org:80", "not in its plain form"],
  ];
  for (const [host, reason] of wrong) {
    await t.step(host, () => {
      const sandbox = `{ network: { allow: [${JSON.stringify(host)}] } }`;
      const [issue] = issuesOf(`${HEAD}execution: { tier: process, sandbox: ${sandbox} }\n`);
      assertEquals(issue?.path, "execution.sandbox.network.allow[0]");
      assertStringIncludes(issue?.message ?? "", reason);
    });
  }
  const right = [
    "a.com:443",
    "localhost:11434",
    "xn--bcher-kva.example:1",
    "1.1.1.1:65535",
    "[2001:db8::1]:8080",
    "${config.host}",
  ];
  for (const host of right) {
    await t.step(host, () => {
      const sandbox = `{ network: { allow: [${JSON.stringify(host)}] } }`;
      parseManifest(`${HEAD}execution: { tier: process, sandbox: ${sandbox} }\n`);
    });
  }
});

Deno.test("parseManifest() tells every mistake at once, in the order of the text", () => {
  const text = "name: Echo\ntype: tol\ncapabilites: []\nexecution: { tier: container, image: A }\n";
  const error = assertThrows(() => parseManifest(text, { path: "echo/plugin.yaml" }), PluginError);
  assertEquals(error.issues.map(({ path, line }) => [path, line]), [
    ["version", 1],
    ["engine", 1],
    ["name", 1],
    ["type", 2],
    ["capabilites", 3],
    ["execution.image", 4],
  ]);
  assertStringIncludes(
    error.message,
    'Cannot use the plugin manifest "echo/plugin.yaml": 6 issues',
  );
  assertStringIncludes(error.message, "echo/plugin.yaml:2:7 type: Expected one of");
});

Deno.test("parseManifest() accepts a config_schema of draft 7", () => {
  const schema = "{ $schema: 'http://json-schema.org/draft-07/schema#', type: object }";
  parseManifest(`${HEAD}config_schema: ${schema}\n`);
});

Deno.test("parseManifest() refuses texts that are made to hurt", async (t) => {
  const bomb = `${HEAD}a: &a [x,x,x,x,x,x,x,x,x]\n` +
    [..."bcdefghi"].map((key, index) => {
      const before = "abcdefgh"[index];
      return `${key}: &${key} [${`*${before},`.repeat(9)}]\n`;
    }).join("");
  const cases: [string, string][] = [
    ["aliases that multiply", bomb],
    ["deep lists", "[".repeat(50_000)],
    ["deep maps", "{a: ".repeat(50_000)],
    ["a huge text", `${HEAD}license: ${"x".repeat(300_000)}\n`],
    ["the key __proto__", `${HEAD}__proto__: { type: provider }\n`],
    ["two documents", `${HEAD}---\n${HEAD}`],
  ];
  for (const [name, text] of cases) {
    await t.step(name, () => assert(issuesOf(text).length <= 20));
  }
});

Deno.test("parseManifest() gives a manifest or a PluginError with issues for any text", () => {
  const lines = fc.array(fc.constantFrom(
    ...HEAD.trim().split("\n"),
    "execution:",
    "  tier: wasm",
    "  - x",
    "\t",
    "capabilities: [a, { pattern: b }, 1, null]",
    "? [a]",
    "&x *x: !!binary a",
    "<<: *x",
    "storage: ~",
  ));
  const texts = fc.oneof(fc.string({ unit: "binary" }), lines.map((parts) => parts.join("\n")));
  fc.assert(
    fc.property(texts, (text) => {
      try {
        assertEquals(typeof parseManifest(text).name, "string");
      } catch (error) {
        assert(error instanceof PluginError, String(error));
        assert(error.issues.length > 0);
        for (const { line, column } of error.issues) assert(line >= 1 && column >= 1);
      }
    }),
    { numRuns: 500 },
  );
});
