// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import {
  type Config,
  ConfigError,
  type ConfigIssue,
  formatIssue,
  loadConfig,
  type LoadOptions,
  validateConfig,
} from "./mod.ts";

/** Loads from a file with that text. */
async function loadText(text: string, options: LoadOptions = {}): Promise<Config> {
  await using folder = await makeFolder({ "sigil.yaml": text });
  return await loadConfig({ path: folder.path("sigil.yaml"), env: {}, ...options });
}

async function issuesOf(options: LoadOptions, text = ""): Promise<readonly ConfigIssue[]> {
  return (await assertRejects(() => loadText(text, options), ConfigError)).issues;
}

interface Folder extends AsyncDisposable {
  path(name: string): string;
}

async function makeFolder(files: Readonly<Record<string, string | Uint8Array>>): Promise<Folder> {
  const root = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(join(root, name), data);
  }
  return {
    path: (name) => join(root, name),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

Deno.test("loadConfig() puts flags before variables before the file before defaults", async () => {
  const text = "networking: {listen: '127.0.0.1:1', mode: local}\nstorage: {directory: /file}";
  const env = { SIGIL_NETWORKING_LISTEN: "127.0.0.1:2", SIGIL_STORAGE_DIRECTORY: "/variable" };
  const flags = { "networking.listen": "127.0.0.1:3", "networking.mode": undefined };
  const config = await loadText(text, { env, flags });
  assertEquals(config.networking.listen, "127.0.0.1:3");
  assertEquals(config.storage.directory, "/variable");
  assertEquals(config.networking.mode, "local");
  assertEquals(config.storage.backend, "sqlite");
});

Deno.test("loadConfig() finds what a variable sets", async (t) => {
  const text =
    "providers: {my-vllm: {type: ollama}}\nmodels: {prices: {a/b: {input: 1, output: 1}}}";
  const cases: [string, string, string, unknown][] = [
    ["SIGIL_NETWORKING_LISTEN", "[::1]:0", "networking.listen", "[::1]:0"],
    ["SIGIL_NETWORKING_ALLOWED_HOSTS", "a.example, b.example", "networking.allowed_hosts", [
      "a.example",
      "b.example",
    ]],
    ["SIGIL_NETWORKING_ALLOWED_HOSTS", '["a.example"]', "networking.allowed_hosts", ["a.example"]],
    ["SIGIL_NETWORKING_LIMITS_MAX_BODY_BYTES", "1024", "networking.limits.max_body_bytes", 1024],
    ["SIGIL_STORAGE_BACKEND", "inmem", "storage.backend", "inmem"],
    ["SIGIL_STORAGE_MEMORY_BACKEND", "inmem", "storage.memory.backend", "inmem"],
    [
      "SIGIL_STORAGE_MEMORY_KNOWLEDGE_BACKEND",
      "inmem",
      "storage.memory.knowledge.backend",
      "inmem",
    ],
    ["SIGIL_SESSIONS_MEMORY_ACTIVE_WINDOW", "40", "sessions.memory.active_window", 40],
    [
      "SIGIL_SESSIONS_MEMORY_COMPACTION_ENABLED",
      "FALSE",
      "sessions.memory.compaction.enabled",
      false,
    ],
    ["SIGIL_SESSIONS_MEMORY_COMPACTION_ENABLED", "1", "sessions.memory.compaction.enabled", true],
    ["SIGIL_MODELS_BUDGETS_USD_PER_DAY", "2.5", "models.budgets.usd_per_day", 2.5],
    ["SIGIL_MODELS_OVERRIDES_HOME", "a/b", "models.overrides.home", "a/b"],
    ["SIGIL_MODELS_OVERRIDES", '{"home": "a/b"}', "models.overrides", { home: "a/b" }],
    ["SIGIL_MODELS_PRICES_A_B_INPUT", "3", "models.prices.a/b.input", 3],
    ["SIGIL_PROVIDERS_OPENAI_BASE_URL", "http://h/", "providers.openai.base_url", "http://h/"],
    ["SIGIL_PROVIDERS_OPENAI_TIMEOUTS_IDLE_MS", "5", "providers.openai.timeouts.idle_ms", 5],
    ["SIGIL_PROVIDERS_MY_VLLM_BASE_URL", "http://h/", "providers.my-vllm.base_url", "http://h/"],
    ["SIGIL_PLUGINS_CHAT_CONFIG_ROOM_NAME", "lobby", "plugins.chat.config.room_name", "lobby"],
    ["SIGIL_PLUGINS_CHAT_CONFIG", '{"a": [1]}', "plugins.chat.config", { a: [1] }],
    ["SIGIL_WORKSPACES_HOME_TOOLS_DENY", "a.*,b", "workspaces.home.tools.deny", ["a.*", "b"]],
  ];
  for (const [name, value, path, expected] of cases) {
    await t.step(`${name}=${value}`, async () => {
      const config = await loadText(text, { env: { [name]: value } });
      const [root = "", ...rest] = path.split(/\.(?!b\.)/);
      const found = rest.reduce<unknown>((tree, key) => Object(tree)[key], Object(config)[root]);
      assertEquals(found, expected);
    });
  }
});

Deno.test("loadConfig() takes secrets from variables", async (t) => {
  const cases: [string, (config: Config) => unknown][] = [
    ["SIGIL_TOKEN", (config) => config.auth.token?.reveal()],
    ["SIGIL_AUTH_TOKEN", (config) => config.auth.token?.reveal()],
    ["SIGIL_PROVIDERS_GOOGLE_API_KEY", (config) => config.providers.google?.api_key?.reveal()],
    ["ANTHROPIC_API_KEY", (config) => config.providers.anthropic?.api_key?.reveal()],
    ["OPENAI_API_KEY", (config) => config.providers.openai?.api_key?.reveal()],
    ["GEMINI_API_KEY", (config) => config.providers.google?.api_key?.reveal()],
    ["GOOGLE_GENERATIVE_AI_API_KEY", (config) => config.providers.google?.api_key?.reveal()],
    ["OPENROUTER_API_KEY", (config) => config.providers.openrouter?.api_key?.reveal()],
  ];
  for (const [name, reveal] of cases) {
    await t.step(name, async () => {
      assertEquals(reveal(await loadText("", { env: { [name]: "k3y-${X}" } })), "k3y-${X}");
    });
  }
});

Deno.test("loadConfig() gives a vendor's key to its providers that have none", async () => {
  const text = `
providers:
  first: {type: openai}
  second: {type: openai, api_key: own}
  proxy: {type: openai, base_url: "https://proxy.example/v1"}
`;
  const { providers } = await loadText(text, { env: { OPENAI_API_KEY: "vendor" } });
  assertEquals(providers.first?.api_key?.reveal(), "vendor");
  assertEquals(providers.openai?.api_key?.reveal(), "vendor");
  assertEquals(providers.second?.api_key?.reveal(), "own");
  assertEquals(providers.proxy?.api_key, undefined);
});

Deno.test("loadConfig() passes over a vendor's key that is none", async (t) => {
  for (const key of ["", "undefined", "null"]) {
    await t.step(JSON.stringify(key), async () => {
      assertEquals((await loadText("", { env: { OPENAI_API_KEY: key } })).providers, {});
    });
  }
});

Deno.test("loadConfig() makes a provider known by its vendor's key", async () => {
  const text = "models: {default: anthropic/claude-sonnet-4-5}";
  const config = await loadText(text, { env: { ANTHROPIC_API_KEY: "k3y" } });
  assertEquals(validateConfig(config), []);
});

Deno.test("loadConfig() tells which variable or flag is wrong", async (t) => {
  const cases: [LoadOptions, string][] = [
    [
      { env: { SIGIL_NETWORKING_LISEN: "x" } },
      "(SIGIL_NETWORKING_LISEN): Unknown variable SIGIL_NETWORKING_LISEN; " +
      "did you mean SIGIL_NETWORKING_LISTEN?",
    ],
    [
      { env: { SIGIL_BANANA_SPLIT: "x" } },
      "(SIGIL_BANANA_SPLIT): Unknown variable SIGIL_BANANA_SPLIT",
    ],
    [
      { env: { SIGIL_TOKN: "x" } },
      "(SIGIL_TOKN): Unknown variable SIGIL_TOKN; did you mean SIGIL_TOKEN?",
    ],
    [
      { env: { SIGIL_SESSIONS_MEMORY_ACTIVE_WINDOW: "many" } },
      "sessions.memory.active_window (SIGIL_SESSIONS_MEMORY_ACTIVE_WINDOW): " +
      "Expected a number, not text",
    ],
    [
      { env: { SIGIL_SESSIONS_MEMORY_ACTIVE_WINDOW: "" } },
      "sessions.memory.active_window (SIGIL_SESSIONS_MEMORY_ACTIVE_WINDOW): " +
      "Expected a number, not text",
    ],
    [{ env: { SIGIL_TOKEN: "" } }, "auth.token (SIGIL_TOKEN): It cannot be a secret: it is empty"],
    [
      { env: { SIGIL_MODELS_OVERRIDES: "{" } },
      "models.overrides (SIGIL_MODELS_OVERRIDES): Expected a mapping, not text",
    ],
    [
      { env: { SIGIL_PROVIDERS_VLLM_API_KEY: "k3y" } },
      "providers.vllm.type (SIGIL_PROVIDERS_VLLM_API_KEY): Missing: expected one of " +
      "anthropic, openai, google, openrouter, ollama, openai-compatible",
    ],
    [
      { flags: { "networking.listen": "x" } },
      "networking.listen (--networking.listen): " +
      "Expected host:port, such as 127.0.0.1:18789 or [::1]:18789",
    ],
    [
      { flags: { "networking.lisen": "x" } },
      'networking.lisen (--networking.lisen): Unknown key "lisen"; did you mean "listen"?',
    ],
    [
      { flags: { networking: 5 } },
      "networking (--networking): Expected a mapping, not a whole number",
    ],
  ];
  for (const [options, expected] of cases) {
    await t.step(expected, async () => {
      const [issue, ...others] = await issuesOf(options);
      assertEquals(others, []);
      assert(issue !== undefined);
      assertEquals(formatIssue(issue), expected);
    });
  }
});

Deno.test("loadConfig() passes over variables that are not for it", async () => {
  const env = {
    SIGIL_SERVICE_HOST: "10.0.0.1",
    SIGIL_SERVICE_PORT: "80",
    SIGIL_SERVICE_PORT_HTTP: "80",
    SIGIL_PORT: "tcp://10.0.0.1:80",
    SIGIL_PORT_80_TCP_ADDR: "10.0.0.1",
    SIGILLUM: "x",
    PATH: "/bin",
  };
  assertEquals(await loadText("", { env }), await loadText(""));
});

Deno.test("loadConfig() does not fill in ${NAME} in variables and flags", async () => {
  const config = await loadText("storage: {directory: '${A}'}", {
    env: { A: "a", SIGIL_STORAGE_DIRECTORY: "${A}" },
    flags: { "workspaces.home.description": "${B}" },
  });
  assertEquals(config.storage.directory, "${A}");
  assertEquals(config.workspaces.home?.description, "${B}");
});

Deno.test("loadConfig() does not hide an error of the file behind a variable", async () => {
  const env = { SIGIL_NETWORKING_LISTEN: "127.0.0.1:0" };
  const [issue] = await issuesOf({ env }, "networking: 5");
  assertEquals([issue?.code, issue?.path, issue?.line], ["invalid_type", "networking", 1]);
});

Deno.test("loadConfig() refuses a flag that is no path", async () => {
  await assertRejects(
    () => loadText("", { flags: { "a..b": 1 } }),
    TypeError,
    "Cannot read the path",
  );
});

Deno.test("loadConfig() takes the file from SIGIL_CONFIG", async () => {
  await using folder = await makeFolder({ "other.yaml": "storage: {directory: /other}" });
  const config = await loadConfig({ env: { SIGIL_CONFIG: folder.path("other.yaml") } });
  assertEquals(config.storage.directory, "/other");
});

Deno.test("loadConfig() reads ./sigil.yaml if there is one", async () => {
  await using folder = await makeFolder({ "sigil.yaml": "storage: {directory: /here}" });
  const before = Deno.cwd();
  Deno.chdir(folder.path("."));
  try {
    assertEquals((await loadConfig({ env: {} })).storage.directory, "/here");
    await Deno.remove("sigil.yaml");
    assertEquals((await loadConfig({ env: {} })).storage.directory, "./data");
    await Deno.mkdir("sigil.yaml");
    const error = await assertRejects(() => loadConfig({ env: {} }), ConfigError);
    assertEquals(error.code, "unreadable");
  } finally {
    Deno.chdir(before);
  }
});

Deno.test("loadConfig() tells why a file cannot be read", async (t) => {
  await using folder = await makeFolder({
    latin1: new Uint8Array([0x23, 0x0a, 0x61, 0x3a, 0x20, 0xe9, 0x0a]),
    utf16: new Uint8Array([0xff, 0xfe, 0x61, 0x00, 0x3a, 0x00]),
    cut: new Uint8Array([0x61, 0x3a, 0x20, 0xe2, 0x82]),
  });
  const cases = [
    ["absent", "not_found", "not_found", "There is no such file", undefined],
    [".", "unreadable", "unreadable", "It is a directory", undefined],
    ["latin1", "invalid", "encoding", "The file is not UTF-8", 2],
    ["utf16", "invalid", "encoding", "The file is not UTF-8", 1],
    ["cut", "invalid", "encoding", "The file is not UTF-8", 1],
  ] as const;
  for (const [name, code, issueCode, message, line] of cases) {
    await t.step(name, async () => {
      const path = folder.path(name);
      const error = await assertRejects(() => loadConfig({ path, env: {} }), ConfigError);
      assertEquals(error.code, code);
      const [issue] = error.issues;
      assertEquals([issue?.code, issue?.message, issue?.source, issue?.line], [
        issueCode,
        message,
        path,
        line,
      ]);
      assertStringIncludes(error.message, `Cannot read config "${path}"\n`);
    });
  }
});

Deno.test({
  name: "loadConfig() tells that a file may not be read",
  // The superuser may read everything.
  ignore: Deno.uid() === 0 || Deno.build.os === "windows",
  fn: async () => {
    await using folder = await makeFolder({ "sigil.yaml": "" });
    await Deno.chmod(folder.path("sigil.yaml"), 0);
    const path = folder.path("sigil.yaml");
    const error = await assertRejects(() => loadConfig({ path, env: {} }), ConfigError);
    assertEquals(error.issues[0]?.message, "It may not be read by this user");
  },
});
