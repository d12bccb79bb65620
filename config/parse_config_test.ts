// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertFalse, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { stringify } from "yaml";
import {
  type Config,
  ConfigError,
  type ConfigInput,
  type ConfigIssue,
  formatIssue,
  makeConfig,
  parseConfig,
  redactConfig,
  REDACTED,
  Secret,
  validateConfig,
} from "./mod.ts";

function issuesOf(text: string, env: Record<string, string> = {}): readonly ConfigIssue[] {
  return assertThrows(() => parseConfig(text, { path: "sigil.yaml", env }), ConfigError).issues;
}

/** Writes issues as `code path line:column`. */
function outline(issues: readonly ConfigIssue[]): readonly string[] {
  return issues.map(({ code, path, line, column }) => `${code} ${path} ${line}:${column}`);
}

Deno.test("parseConfig() gives the defaults for a text that says nothing", async (t) => {
  const texts = [
    "",
    "\n\n",
    "# nothing\n",
    "---\n",
    "--- {}\n...\n",
    "\uFEFF",
    "auth:\nmodels: ~\n",
    "{}",
  ];
  for (const text of texts) {
    await t.step(JSON.stringify(text), () => {
      assertEquals(redactConfig(parseConfig(text)), redactConfig(makeConfig()));
    });
  }
});

Deno.test("parseConfig() reads every style of YAML", async (t) => {
  const cases = {
    block: "sessions:\n  memory:\n    active_window: 17\n",
    flow: "{sessions: {memory: {active_window: 17}}}",
    json: '{"sessions": {"memory": {"active_window": 17}}}',
    "quoted keys": "'sessions':\n  \"memory\": {'active_window': 17}\n",
    "complex keys": "? sessions\n: ? memory\n  : active_window: 17\n",
    "YAML 1.2 number": "sessions: {memory: {active_window: 017}}",
    hexadecimal: "sessions: {memory: {active_window: 0x11}}",
    anchors: "sessions: &s {memory: {active_window: 17}}\nsecurity: {max_tool_rounds: 5}\n",
    tags: "!!map {sessions: {memory: {active_window: !!int 17}}}",
    "byte order mark": "\uFEFFsessions: {memory: {active_window: 17}}",
    "carriage returns": "sessions:\r\n  memory:\r\n    active_window: 17\r\n",
    directive: "%YAML 1.2\n---\nsessions: {memory: {active_window: 17}}\n",
    comments: "# a\nsessions: # b\n  # c\n  memory: {active_window: 17} # d\n",
  };
  for (const [style, text] of Object.entries(cases)) {
    await t.step(style, () => {
      assertEquals(parseConfig(text).sessions.memory.active_window, 17);
    });
  }
});

Deno.test("parseConfig() follows aliases", () => {
  const text = `
providers:
  one: &vllm
    type: openai-compatible
    base_url: http://127.0.0.1:8000/v1
  two: *vllm
`;
  const { providers } = parseConfig(text);
  assertEquals(providers.two, providers.one);
});

Deno.test("parseConfig() reads texts in block style", () => {
  const text = "workspaces:\n  home:\n    description: |\n      one\n      two\n";
  assertEquals(parseConfig(text).workspaces.home?.description, "one\ntwo\n");
});

Deno.test("parseConfig() tells code, path and position of each issue", async (t) => {
  const cases: [string, ...string[]][] = [
    ["5", "invalid_type  1:1"],
    ["hello", "invalid_type  1:1"],
    ["- a", "invalid_type  1:1"],
    ["\n\n  - a", "invalid_type  3:3"],
    ["networking: 5", "invalid_type networking 1:13"],
    ["networking:\n  lisen: x", "unknown_key networking.lisen 2:3"],
    ["networking:\n  listen: x", "invalid_value networking.listen 2:11"],
    ["networking:\n  listen: 5", "invalid_type networking.listen 2:11"],
    ["storage:\r\n  backend: mysql", "invalid_value storage.backend 2:12"],
    ["\uFEFFstorage: {backend: 1}", "invalid_value storage.backend 1:20"],
    ["sessions: {memory: {active_window: 0}}", "invalid_value sessions.memory.active_window 1:36"],
    ["sessions: {memory: {active_window: 1.5}}", "invalid_type sessions.memory.active_window 1:36"],
    [
      "sessions: {memory: {active_window: .inf}}",
      "invalid_type sessions.memory.active_window 1:36",
    ],
    [
      "sessions: {memory: {active_window: 1e99}}",
      "invalid_value sessions.memory.active_window 1:36",
    ],
    ["providers: {x: {}}", "missing providers.x.type 1:13"],
    ["providers: {X: {type: ollama}}", "invalid_value providers.X 1:13"],
    [
      "providers: {ollama: {headers: {'a b': c}}}",
      'invalid_value providers.ollama.headers["a b"] 1:32',
    ],
    [
      "models: {prices: {a/b: {input: -1}}}",
      'missing models.prices["a/b"].output 1:19',
      'invalid_value models.prices["a/b"].input 1:32',
    ],
    ["models: {failover: {a: []}}", "invalid_value models.failover.a 1:21"],
    ["workspaces: {a: {members: [1, x]}}", "invalid_type workspaces.a.members[0] 1:28"],
    ["workspaces: {a: {members: [null]}}", "missing workspaces.a.members[0] 1:28"],
    [
      "networking: {allowed_origins: ['https://a.example/x']}",
      "invalid_value networking.allowed_origins[0] 1:32",
    ],
    [
      "networking: {allowed_hosts: ['https://a.example']}",
      "invalid_value networking.allowed_hosts[0] 1:30",
    ],
    ["auth: {token: 12345}", "invalid_type auth.token 1:15"],
    ["auth: {token: ''}", "invalid_secret auth.token 1:15"],
    ["auth: {token: 'undefined'}", "invalid_secret auth.token 1:15"],
    ["auth: {token: 'null'}", "invalid_secret auth.token 1:15"],
    ["auth: {token: 'a b'}", "invalid_secret auth.token 1:15"],
    ["auth: {token: '[redacted]'}", "invalid_secret auth.token 1:15"],
    ["auth: {token: 'x[redacted]'}", "invalid_secret auth.token 1:15"],
    ["storage: {directory: '[redacted]'}", "invalid_secret storage.directory 1:22"],
    ["plugins: {a: {config: {api_key: ''}}}", "invalid_secret plugins.a.config.api_key 1:33"],
    ["auth: {token: '${NOPE}'}", "missing_secret auth.token 1:15"],
    ["storage: {directory: '${NOPE}'}", "missing_secret storage.directory 1:22"],
    ["auth: {token: '${NO PE}'}", "invalid_value auth.token 1:15"],
    ["auth: {}\nauth: {}", "duplicate_key auth 2:1"],
    ["users: {'1': {}, 1: {}}", "duplicate_key users.1 1:18"],
    ["<<: {auth: {}}", 'unknown_key ["<<"] 1:1'],
    ["__proto__: {auth: {}}", "unknown_key __proto__ 1:1"],
    ["plugins: {a: {config: {__proto__: {b: 1}}}}", "unknown_key plugins.a.config.__proto__ 1:24"],
    ["auth:\n\ttoken: x", "syntax  2:1"],
    ["auth: {token: x", "syntax  1:16"],
    ["auth: 'x", "syntax  1:9"],
    ["auth: @x", "syntax  1:7"],
    ["auth: *nope", "syntax auth 1:7"],
    ["auth: !secret x", "syntax  1:7"],
    ["auth: !!binary aGVsbG8=", "syntax auth 1:16"],
    ["? [auth]\n: 1", "syntax  1:1"],
    ["%YAML 1.1\n---\nauth: {}", "syntax  1:1"],
    ["auth: {}\n---\nauth: {}", "syntax  2:1"],
    ["auth: &a [*a]", `too_large ${"auth" + "[0]".repeat(32)} 1:10`],
    ["[".repeat(100_000), "too_large  1:"],
    ["- ".repeat(100_000), "too_large  1:"],
    [`# ${"x".repeat(1024 * 1024)}`, "too_large  1:1"],
  ];
  for (const [text, ...expected] of cases) {
    await t.step(JSON.stringify(text.slice(0, 60)), () => {
      const actual = outline(issuesOf(text));
      assertEquals(actual.length, expected.length, actual.join("\n"));
      // How deep is too deep depends on the room that is left on the stack.
      expected.forEach((each, i) =>
        assert(actual[i]?.startsWith(each), `${actual[i]} is not ${each}`)
      );
    });
  }
});

Deno.test("parseConfig() stops an alias bomb", () => {
  const levels = Array.from(
    { length: 30 },
    (_, i) => `  l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`,
  );
  const text = `plugins:\n  bomb: {config: {a: &l0 x}}\n${levels.join("\n")}`;
  assertEquals(issuesOf(text).map(({ code }) => code), ["too_large"]);
});

Deno.test("parseConfig() finds every issue at once", () => {
  const text = `
networking:
  lisen: 1
  mode: publik
auth:
  token: \${NOPE}
providers:
  foo: {type: opnai}
  vllm: {type: openai-compatible}
models:
  default: claude
  overrides: {hoem: anthropic/x}
workspaces:
  home: {toolz: {}}
`;
  const error = assertThrows(() => parseConfig(text, { path: "sigil.yaml" }), ConfigError);
  assertEquals(error.code, "invalid");
  assertEquals(
    error.message,
    `Cannot use config "sigil.yaml": 9 issues
  networking.lisen (3:3): Unknown key "lisen"; did you mean "listen"?
  networking.mode (4:9): Expected one of local, public; did you mean "public"?
  auth.token (6:10): The environment variable NOPE is not set, or empty
  providers.foo.type (8:15): Expected one of anthropic, openai, google, openrouter, ollama, openai-compatible; did you mean "openai"?
  providers.vllm.base_url (9:3): Missing: this type has no address of its own
  models.default (11:12): Expected provider/model, such as openai/gpt-4.1
  models.overrides.hoem (12:15): There is no workspace "hoem"; did you mean "home"?
  models.overrides.hoem (12:21): There is no provider "anthropic"; set ANTHROPIC_API_KEY, or add it under providers
  workspaces.home.toolz (14:10): Unknown key "toolz"; did you mean "tools"?`,
  );
  assertEquals(error.message.split("\n").slice(1), error.issues.map((i) => `  ${formatIssue(i)}`));
});

Deno.test("parseConfig() fills in ${NAME}", () => {
  const text = `
auth: {token: "\${TOKEN}"}
storage: {directory: "\${BASE}/data"}
sessions: {memory: {active_window: "\${WINDOW}"}}
workspaces: {home: {description: "$\${TOKEN}"}}
providers: {openai: {headers: {Authorization: "Bearer \${TOKEN}"}}}
plugins: {chat: {config: {greeting: "hi", secret: {webhook: "https://x/\${TOKEN}"}}}}
`;
  const config = parseConfig(text, { env: { TOKEN: "t0k3n", BASE: "/srv", WINDOW: "9" } });
  assertEquals(config.auth.token?.reveal(), "t0k3n");
  assertEquals(config.storage.directory, "/srv/data");
  assertEquals(config.sessions.memory.active_window, 9);
  assertEquals(config.workspaces.home?.description, "${TOKEN}");
  assertEquals(config.providers.openai?.headers.Authorization?.reveal(), "Bearer t0k3n");
  assertEquals(config.plugins.chat?.config.greeting, "hi");
  assertFalse(JSON.stringify(config.plugins).includes("t0k3n"));
});

Deno.test("parseConfig() does not look up variables beyond env's own", () => {
  assertEquals(outline(issuesOf("auth: {token: '${toString}'}")), [
    "missing_secret auth.token 1:15",
  ]);
});

Deno.test("parseConfig() takes the type of a provider from its name", () => {
  assertEquals(parseConfig("providers: {openai: }").providers.openai?.type, "openai");
  assertEquals(parseConfig("providers: {openai: {type: ollama}}").providers.openai?.type, "ollama");
});

Deno.test("parseConfig() keeps issues short", () => {
  const [issue] = issuesOf(`"${"k".repeat(500_000)}": 1`);
  assert(issue !== undefined && issue.path.length < 400 && issue.message.length < 400);
});

Deno.test("a config is frozen at every depth", () => {
  const config = parseConfig("plugins: {a: {config: {list: [{b: 1}]}}}");
  const isFrozen = (value: unknown): boolean =>
    typeof value !== "object" || value === null ||
    (Object.isFrozen(value) && Object.values(value).every(isFrozen));
  assert(isFrozen(config));
});

Deno.test("makeConfig() checks an object like a file", () => {
  const error = assertThrows(() => makeConfig({ networking: { listen: "nowhere" } }), ConfigError);
  assertEquals(error.issues, [{
    code: "invalid_value",
    path: "networking.listen",
    message: "Expected host:port, such as 127.0.0.1:18789 or [::1]:18789",
  }]);
  assertEquals(error.message.split("\n")[0], "Cannot use config: 1 issue");
});

Deno.test("makeConfig() takes a whole config, secrets included", () => {
  const config = makeConfig({
    auth: { token: new Secret("t0k3n") },
    storage: { backend: "inmem" },
  });
  const copy = makeConfig({ ...config, storage: { ...config.storage, durability: "full" } });
  assertEquals(copy.auth.token?.reveal(), "t0k3n");
  assertEquals(copy.storage.backend, "inmem");
});

Deno.test("makeConfig() takes every secret as a plain text, and hides it", () => {
  const { auth, providers } = makeConfig({
    auth: { token: "t0k3n" },
    providers: { openai: { api_key: "sk-1", headers: { "X-Team": "t34m" } } },
  });
  const secrets = [auth.token, providers.openai?.api_key, providers.openai?.headers["X-Team"]];
  assertEquals(secrets.map((secret) => secret?.reveal()), ["t0k3n", "sk-1", "t34m"]);
  assertEquals(secrets.map(String), Array(3).fill(REDACTED));
});

Deno.test("makeConfig() leaves ${NAME} as it is", () => {
  assertEquals(makeConfig({ storage: { directory: "${HOME}" } }).storage.directory, "${HOME}");
});

const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,12}$/);
const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .map((text) => text.replaceAll("$", "€"));
const token = fc.stringMatching(/^[\w+/=-]{4,40}$/).filter((text) => text !== "null");
const model = fc.tuple(name, name).map(([provider, id]) => `${provider}/${id}`);
const input: fc.Arbitrary<ConfigInput> = fc.record({
  auth: fc.record({ token }, { requiredKeys: [] }),
  storage: fc.record({
    directory: word,
    backend: fc.constantFrom("sqlite" as const, "inmem" as const),
    memory: fc.record({ knowledge: fc.constant({ backend: "inmem" as const }) }),
  }, { requiredKeys: [] }),
  sessions: fc.record({
    memory: fc.record({ active_window: fc.integer({ min: 1, max: 10_000 }) }),
  }),
  providers: fc.dictionary(
    name,
    fc.record({
      type: fc.constantFrom("openai" as const, "ollama" as const),
      enabled: fc.boolean(),
      api_key: token,
      models: fc.array(word, { maxLength: 3 }),
    }, { requiredKeys: ["type"] }),
    { maxKeys: 3 },
  ),
  models: fc.record({
    default: model,
    failover: fc.dictionary(model, fc.array(model, { maxLength: 3 }), { maxKeys: 3 }),
    budgets: fc.record({ usd_per_hour: fc.double({ min: 0.01, max: 1e6, noNaN: true }) }),
  }, { requiredKeys: [] }),
  workspaces: fc.dictionary(
    name,
    fc.record({ description: word, members: fc.array(name, { maxLength: 3 }) }, {
      requiredKeys: [],
    }),
    { maxKeys: 3 },
  ),
  plugins: fc.dictionary(
    name,
    fc.record({ config: fc.dictionary(name, fc.oneof(word, fc.integer(), fc.boolean())) }),
    { maxKeys: 2 },
  ),
}, { requiredKeys: [] });

/** Writes a config with its secrets, as only a test may. */
function reveal(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, reveal(child)]));
}

Deno.test("parseConfig() reads back every valid config that is written as YAML", () => {
  fc.assert(
    fc.property(
      input,
      fc.constantFrom("QUOTE_DOUBLE" as const, "PLAIN" as const),
      (valid, defaultStringType) => {
        const made: Config = makeConfig(valid);
        const text = stringify(valid, { defaultStringType });
        assertEquals(reveal(parseConfig(text)), reveal(made));
        assertEquals(reveal(parseConfig(JSON.stringify(valid))), reveal(made));
      },
    ),
  );
});

Deno.test("parseConfig() throws nothing but ConfigError, whatever the text", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      ..."auth: |token: |providers:|models|{|}|[|]|: |- |\n|\n  |\t|&a |*a|!!str |!x |? |'|\"|#|%YAML 1.1|---|...|<<: |~|null|${|${A}|$${|\uFEFF|\r|>|[redacted]|__proto__: |017|.nan|@|`"
        .split("|"),
      "|",
    ),
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(text, (each) => {
      try {
        const issues = validateConfig(parseConfig(each, { env: { A: "x" } }));
        assert(issues.every(isPlaced));
      } catch (error) {
        assertInstanceOf(error, ConfigError);
        assert(error.issues.length > 0 && error.issues.every(isPlaced));
      }
    }),
    { numRuns: 500 },
  );
});

function isPlaced({ line = 0, column = 0 }: ConfigIssue): boolean {
  return line >= 1 && column >= 1;
}
