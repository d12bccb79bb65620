// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { discoverProviders, DISCOVERY_VARIABLES } from "./mod.ts";
import { openVendorServer } from "./testdata/vendor_server.ts";

Deno.test("discoverProviders() finds a provider for each key", async (t) => {
  const cases: readonly (readonly [Record<string, string>, readonly string[]])[] = [
    [{}, []],
    [{ ANTHROPIC_API_KEY: "a" }, ["anthropic from ANTHROPIC_API_KEY"]],
    [{ OPENAI_API_KEY: "a" }, ["openai from OPENAI_API_KEY"]],
    [{ GEMINI_API_KEY: "a" }, ["google from GEMINI_API_KEY"]],
    [
      { GEMINI_API_KEY: "a", GOOGLE_GENERATIVE_AI_API_KEY: "b" },
      ["google from GOOGLE_GENERATIVE_AI_API_KEY"],
    ],
    [{ GEMINI_API_KEY: "a", GOOGLE_GENERATIVE_AI_API_KEY: "" }, ["google from GEMINI_API_KEY"]],
    [{ OPENROUTER_API_KEY: "a" }, ["openrouter from OPENROUTER_API_KEY"]],
    [{ OPENAI_API_KEY: "undefined", ANTHROPIC_API_KEY: "null" }, []],
    [{ OPENAI_API_KEY: " ", ANTHROPIC_API_KEY: "None", HOME: "/root" }, []],
  ];
  for (const [env, expected] of cases) {
    await t.step(JSON.stringify(env), async () => {
      const found = await discoverProviders(env, { ollamaUrl: false });
      assertEquals(found.map(({ name, source }) => `${name} from ${source}`), expected);
    });
  }
});

Deno.test("discoverProviders() gives the key to openProvider, without the space around it", async () => {
  const [found] = await discoverProviders({ OPENAI_API_KEY: " k-1\n" }, { ollamaUrl: false });
  assertEquals(found, { name: "openai", type: "openai", source: "OPENAI_API_KEY", apiKey: "k-1" });
});

Deno.test("discoverProviders() finds an Ollama that has a model", async (t) => {
  const answers: readonly (readonly [() => Response, readonly string[] | undefined])[] = [
    [() => Response.json({ models: [{ name: "llama3.2:3b" }, { name: 7 }, null] }), [
      "llama3.2:3b",
    ]],
    [() => Response.json({ models: [] }), undefined],
    [() => Response.json({ models: "none" }), undefined],
    [() => Response.json(null), undefined],
    [() => new Response("<p>"), undefined],
    [() => new Response("", { status: 500 }), undefined],
  ];
  for (const [answer, models] of answers) {
    await t.step(String(models), async () => {
      await using server = openVendorServer(answer);
      const ollamaUrl = server.url.replace("/v1", "");
      const found = await discoverProviders({}, { ollamaUrl, timeoutMs: 5000 });
      const expected = { name: "ollama", type: "ollama", models, source: ollamaUrl };
      assertEquals(
        found,
        models === undefined ? [] : [{ ...expected, baseUrl: `${ollamaUrl}/v1` }] as typeof found,
      );
      assertEquals(server.seen[0]?.path, "/api/tags");
    });
  }
});

Deno.test("discoverProviders() does not wait for an Ollama that is silent", async () => {
  await using server = openVendorServer(({ signal }) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response())))
  );
  const ollamaUrl = server.url.replace("/v1", "");
  assertEquals(await discoverProviders({}, { ollamaUrl, timeoutMs: 20 }), []);
});

Deno.test("discoverProviders() rejects with the reason of an aborted signal", async () => {
  const signal = AbortSignal.abort(new Error("no longer wanted"));
  await assertRejects(() => discoverProviders({}, { signal }), Error, "no longer wanted");
});

Deno.test("DISCOVERY_VARIABLES names every variable that is read", () => {
  assertEquals(DISCOVERY_VARIABLES.toSorted(), [
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_GENERATIVE_AI_API_KEY",
    "OPENAI_API_KEY",
    "OPENROUTER_API_KEY",
  ]);
});
