// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertThrows } from "@std/assert";
import {
  assertValidConfig,
  ConfigError,
  formatIssue,
  makeConfig,
  parseConfig,
  validateConfig,
} from "./mod.ts";

Deno.test("validateConfig() finds nothing wrong with the defaults", () => {
  assertEquals(validateConfig({}), []);
  assertEquals(validateConfig(makeConfig()), []);
  assertEquals(validateConfig(parseConfig("")), []);
});

Deno.test("validateConfig() finds nothing wrong where everything fits", () => {
  const config = parseConfig(`
networking: {mode: public, allowed_hosts: [sigil.example]}
providers:
  openai: {api_key: k}
  vllm: {type: openai-compatible, base_url: "http://127.0.0.1:8000/v1"}
models:
  default: openai/gpt-4.1
  overrides: {home: vllm/qwen, default: local/recall}
  failover: {"*": [local/recall], openai/gpt-4.1: [brain/small]}
  embedding: openai/text-embedding-3-small
sessions: {memory: {compaction: {batch_size: 20, summary_model: vllm/qwen}}}
workspaces:
  home: {members: [robin], bindings: [{channel: telegram, chat: "1"}, {channel: http}]}
  work: {bindings: [{channel: telegram, chat: "2"}]}
users:
  robin: {identities: [{channel: telegram, platform_id: "42"}, {channel: terminal, platform_id: r}]}
plugins: {telegram: , brain: , off: {enabled: false}}
channels:
  telegram: {workspace: home, pairing: allowlist, allowlist: ["42"]}
  second: {plugin: telegram}
  third: {plugin: off, enabled: false}
  http: {pairing: closed}
`);
  assertEquals(validateConfig(config).map(formatIssue), []);
});

Deno.test("validateConfig() tells what does not fit, and where", async (t) => {
  const cases: [string, ...string[]][] = [
    [
      "models: {default: anthropic/claude-sonnet-4-5}",
      'models.default (1:19): There is no provider "anthropic"; set ANTHROPIC_API_KEY, or add it under ' +
      "providers",
    ],
    [
      "models: {default: google/gemini-2.5-pro}",
      'models.default (1:19): There is no provider "google"; set GEMINI_API_KEY, or add it under ' +
      "providers",
    ],
    [
      "providers: {openai: }\nmodels: {default: opnai/gpt-4.1}",
      'models.default (2:19): There is no provider "opnai"; did you mean "openai"?',
    ],
    [
      "providers: {openai: {enabled: false}}\nmodels: {default: openai/gpt-4.1}",
      'models.default (2:19): The provider "openai" is not enabled',
    ],
    [
      "models: {default: constructor/x}",
      'models.default (1:19): There is no provider "constructor"',
    ],
    [
      "models: {failover: {a/b: [local/recall, c/d]}}",
      'models.failover["a/b"] (1:21): There is no provider "a"',
      'models.failover["a/b"][1] (1:41): There is no provider "c"',
    ],
    [
      "models: {overrides: {home: local/recall}}",
      'models.overrides.home (1:22): There is no workspace "home"',
    ],
    ["models: {embedding: a/b}", 'models.embedding (1:21): There is no provider "a"'],
    [
      "sessions: {memory: {compaction: {summary_model: a/b}}}",
      'sessions.memory.compaction.summary_model (1:49): There is no provider "a"',
    ],
    [
      "networking: {mode: public}",
      "networking.allowed_hosts (1:1): " +
      "With mode public every request is refused unless its host is listed here",
    ],
    [
      "providers: {local: {type: ollama}}",
      'providers.local (1:13): The provider "local" is built in; choose another name',
    ],
    [
      "providers:\n  vllm:\n    type: openai-compatible",
      "providers.vllm.base_url (2:3): Missing: this type has no address of its own",
    ],
    [
      "users: {robin: }\nworkspaces: {home: {members: [robin, robn]}}",
      'workspaces.home.members[1] (2:38): There is no user "robn"; did you mean "robin"?',
    ],
    [
      "workspaces: {home: {bindings: [{channel: irc}]}}",
      'workspaces.home.bindings[0].channel (1:42): There is no channel "irc"',
    ],
    [
      "workspaces:\n  a: {bindings: [{channel: http}]}\n  b: {bindings: [{channel: http}]}",
      'workspaces.b.bindings[0] (3:18): It belongs to the workspace "a" already',
    ],
    [
      "users:\n  a: {identities: [{channel: http, platform_id: x}]}\n" +
      "  b: {identities: [{channel: http, platform_id: x}]}",
      'users.b.identities[0] (3:20): It belongs to the user "a" already',
    ],
    [
      "users: {a: {identities: [{channel: irc, platform_id: x}]}}",
      'users.a.identities[0].channel (1:36): There is no channel "irc"',
    ],
    ["channels: {irc: }", 'channels.irc.plugin (1:12): There is no plugin "irc"'],
    [
      "plugins: {irc: {enabled: false}}\nchannels: {irc: }",
      'channels.irc.plugin (2:12): The plugin "irc" is not enabled',
    ],
    [
      "channels: {http: {workspace: home}}",
      'channels.http.workspace (1:30): There is no workspace "home"',
    ],
    [
      "channels: {http: {pairing: allowlist}}",
      "channels.http.allowlist (1:12): With pairing allowlist nobody gets in unless listed here",
    ],
  ];
  for (const [text, ...expected] of cases) {
    await t.step(JSON.stringify(text), () => {
      assertEquals(validateConfig(parseConfig(text)).map(formatIssue), expected);
    });
  }
});

Deno.test("validateConfig() never shows what came from the environment", () => {
  const config = parseConfig("models: {default: '${M}'}", { env: { M: "hidden/model" } });
  assertEquals(validateConfig(config).map(formatIssue), [
    'models.default (1:19): There is no provider "[redacted]"',
  ]);
});

Deno.test("validateConfig() checks any object like a file", () => {
  const issues = validateConfig({
    networking: { listen: "nowhere" },
    models: { default: "anthropic/claude-sonnet-4-5" },
  });
  assertEquals(issues.map(({ code, path }) => `${code} ${path}`), [
    "invalid_value networking.listen",
    "unknown_reference models.default",
  ]);
});

Deno.test("assertValidConfig() throws every issue", () => {
  const path = "sigil.yaml";
  const config = parseConfig("models:\n  default: a/b\n  embedding: c/d\n", { path });
  const error = assertThrows(() => assertValidConfig(config), ConfigError);
  assertEquals(error.code, "invalid");
  assertEquals(
    error.message,
    `Cannot use config "sigil.yaml": 2 issues
  models.default (2:12): There is no provider "a"
  models.embedding (3:14): There is no provider "c"`,
  );
  assertValidConfig({});
});
