// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import { ProviderError } from "../errors.ts";
import type { ModelInfo, Provider } from "../provider.ts";
import { openProvider, type OpenProviderOptions, type ProviderType } from "./mod.ts";
import { openVendorServer, recorded } from "./testdata/vendor_server.ts";

const KEY = "sk-live-0123456789abcdef";

function open(url: string, type: ProviderType): Provider {
  return openProvider({ name: "v", type, baseUrl: url, apiKey: KEY });
}

function model(id: string, name: string, can: Partial<ModelInfo["capabilities"]>): ModelInfo {
  const usual = { supportsTools: true, supportsVision: false, supportsThinking: false };
  const limits = { maxContextTokens: 0, maxOutputTokens: 0 };
  const capabilities = { ...usual, supportsStreaming: true, ...limits, ...can };
  return { id, name, provider: "v", capabilities };
}

const LISTS: readonly (readonly [ProviderType, string, string, ModelInfo])[] = [
  ["openai", "openai_models.json", "/v1/models", model("gpt-4.1-mini", "gpt-4.1-mini", {})],
  [
    "anthropic",
    "anthropic_models.json",
    "/v1/models?limit=1000",
    model("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", {}),
  ],
  [
    "google",
    "google_models.json",
    "/v1/models?pageSize=1000",
    model("gemini-2.5-flash", "Gemini 2.5 Flash", {
      supportsThinking: true,
      maxContextTokens: 1_048_576,
      maxOutputTokens: 65_536,
    }),
  ],
  [
    "openrouter",
    "openrouter_models.json",
    "/v1/models",
    model("anthropic/claude-sonnet-4.5", "Anthropic: Claude Sonnet 4.5", {
      supportsVision: true,
      supportsThinking: true,
      maxContextTokens: 1_000_000,
      maxOutputTokens: 64_000,
    }),
  ],
];

Deno.test("listModels() reads the list of every vendor", async (t) => {
  for (const [type, file, path, expected] of LISTS) {
    await t.step(type, async () => {
      await using server = openVendorServer(() => recorded(file));
      await using provider = open(server.url, type);
      assertEquals(await provider.listModels(), [expected]);
      assertEquals(server.seen[0]?.path, path);
      assert(JSON.stringify([...server.seen[0]?.headers ?? []]).includes(KEY));
    });
  }
});

Deno.test("listModels() gives the models that were named, and asks nobody", async () => {
  await using provider = openProvider({
    name: "v",
    type: "openai-compatible",
    baseUrl: "http://127.0.0.1:1/v1",
    models: ["a", "b/c"],
  });
  assertEquals(await provider.listModels(), [model("a", "a", {}), model("b/c", "b/c", {})]);
});

Deno.test("listModels() rejects with a code, and without the key", async (t) => {
  const answers: readonly (readonly [string, () => Response])[] = [
    ["auth", () => Response.json({ error: { message: `No: ${KEY}` } }, { status: 403 })],
    ["bad_request", () => Response.json({ error: `No: ${KEY}` }, { status: 418 })],
    ["rate_limit", () => new Response("", { status: 429, headers: { "retry-after": "3" } })],
    ["invalid_response", () => Response.json({ surprise: true })],
    [
      "invalid_response",
      () => new Response("{", { headers: { "content-type": "application/json" } }),
    ],
    ["invalid_response", () => new Response("<p>", { headers: { "content-type": "text/html" } })],
  ];
  for (const [code, answer] of answers) {
    await t.step(code, async () => {
      await using server = openVendorServer(answer);
      await using provider = open(server.url, "openai");
      const error = await assertRejects(() => provider.listModels(), ProviderError);
      assertEquals([error.code, error.provider, error.cause], [code, "v", undefined]);
      assertFalse(error.message.includes(KEY));
      assertEquals(error.retryAfterMs, code === "rate_limit" ? 3000 : undefined);
    });
  }
});

Deno.test("openProvider() sends further headers, and keeps their values out of messages", async () => {
  await using server = openVendorServer(({ headers }) =>
    Response.json({ error: { message: `Wrong team ${headers.get("x-team")}` } }, { status: 400 })
  );
  await using provider = openProvider({
    name: "v",
    type: "openai-compatible",
    baseUrl: server.url,
    headers: { "X-Team": "team-secret", "User-Agent": "sigil" },
  });
  const error = await assertRejects(() => provider.listModels(), ProviderError);
  assertEquals(error.message, 'Cannot list the models of "v": Wrong team [redacted]');
  const messages = [{ role: "user", content: "Hi" }] as const;
  const [event] = await Array.fromAsync(provider.chat({ model: "m", messages }));
  assertEquals(
    event?.type === "error" && event.message,
    'Cannot chat with "v/m": Wrong team [redacted]',
  );
  assertEquals(server.seen.map(({ headers }) => headers.get("user-agent")), ["sigil", "sigil"]);
});

Deno.test("status() measures, and available() says the same", async () => {
  let up = true;
  await using server = openVendorServer(() =>
    up ? recorded("openai_models.json") : new Response("", { status: 503 })
  );
  await using provider = open(server.url, "openai");
  const { message, ...rest } = await provider.status();
  assertEquals(rest, { available: true, provider: "v" });
  assert(/^Answers in \d+ ms$/.test(message));
  assert(await provider.available());
  up = false;
  assertEquals(await provider.status(), {
    available: false,
    provider: "v",
    message: "Does not answer: it answered with status 503",
  });
  assertFalse(await provider.available());
});

Deno.test("embed() gives a vector for each text", async (t) => {
  for (const type of ["openai", "openai-compatible", "google"] as const) {
    await t.step(type, async () => {
      const file = type === "google" ? "google_embeddings.json" : "openai_embeddings.json";
      await using server = openVendorServer(() => recorded(file));
      await using provider = open(server.url, type);
      assert(provider.embed !== undefined);
      const { embeddings, usage } = await provider.embed({ model: "m", texts: ["a", "b"] });
      assertEquals(embeddings.map((one) => [...one]), [
        [...Float32Array.of(0.6, -0.8, 0)],
        [0, 0, 1],
      ]);
      assertEquals(usage.inputTokens, type === "google" ? 0 : 7);
    });
  }
});

Deno.test("embed() is absent with Anthropic, and rejects when there are vectors too few", async () => {
  await using server = openVendorServer(() => recorded("openai_embeddings.json"));
  await using anthropic = open(server.url, "anthropic");
  assertEquals(anthropic.embed, undefined);
  await using openai = open(server.url, "openai");
  const embed = async () => await openai.embed?.({ model: "m", texts: ["a", "b", "c"] });
  const error = await assertRejects(embed, ProviderError);
  assertEquals(error.code, "invalid_response");
  assertEquals(
    error.message,
    'Cannot embed with "v/m": it sent another number of vectors than of texts',
  );
});

Deno.test("openProvider() refuses what cannot work", async (t) => {
  const ollama = { name: "v", type: "ollama" } as const;
  const cases: readonly (readonly [string, string, unknown])[] = [
    ["bad_request", 'unknown type "toString"', { name: "v", type: "toString" }],
    ["bad_request", "no base URL", { name: "v", type: "openai-compatible" }],
    ["bad_request", "not an http", { ...ollama, baseUrl: "ftp://x" }],
    ["bad_request", "not an http", { ...ollama, baseUrl: "x" }],
    ["bad_request", "has a user", { ...ollama, baseUrl: "http://a:b@x/v1" }],
    ["bad_request", "has a user", { ...ollama, baseUrl: "http://x/v1?key=b" }],
    ["auth", "no API key", { name: "v", type: "openai" }],
    ["auth", "no API key", { name: "v", type: "openai", apiKey: " " }],
    ["auth", "no API key", { name: "v", type: "openai", apiKey: "undefined" }],
    ["auth", "no API key", { name: "v", type: "openai", apiKey: "null" }],
  ];
  for (const [code, words, options] of cases) {
    await t.step(JSON.stringify(options), () => {
      const open = () => openProvider(options as OpenProviderOptions);
      const error = assertThrows(open, ProviderError, words);
      assertEquals(error.code, code);
    });
  }
});

Deno.test("a closed provider is unavailable, and closing it again does nothing", async () => {
  const provider = openProvider({ name: "v", type: "ollama", baseUrl: "http://127.0.0.1:1/v1" });
  await provider.close();
  await provider.close();
  const [event] = await Array.fromAsync(provider.chat({ model: "m", messages: [] }));
  assertEquals(event?.type === "error" && event.code, "unavailable");
  const error = await assertRejects(() => provider.listModels(), ProviderError);
  assertEquals(error.code, "unavailable");
});
