// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch, assertObjectMatch } from "@std/assert";
import { embeddingList, modelList } from "../../gateway/openai/schemas.ts";
import { FakeClock } from "./_fake_clock.ts";
import { openHarness } from "./_harness.ts";
import { says } from "./_scripted.ts";

Deno.test("GET /v1/models lists the agent, its workspaces and every provider's models", async (t) => {
  await using gateway = await openHarness();
  const list = modelList.parse(await (await gateway.fetch("/v1/models")).json());
  assertEquals(list.data.map(({ id }) => id), [
    "sigil",
    "sigil/default",
    "sigil/lab",
    "scripted/echo",
  ]);
  for (const path of ["sigil", "scripted/echo", "scripted%2Fecho"]) {
    await t.step(`and gives one as ${path}`, async () => {
      const model = await (await gateway.fetch(`/v1/models/${path}`)).json();
      assertEquals(model.id, decodeURIComponent(path));
    });
  }
  await t.step("but none that there is not", async () => {
    const response = await gateway.fetch("/v1/models/scripted/none");
    assertEquals([response.status, (await response.json()).error.code], [404, "not_found"]);
  });
});

Deno.test("POST /v1/embeddings gives numbers or base64 of the same numbers", async () => {
  await using gateway = await openHarness();
  const body = { model: "scripted/echo", input: ["a", "abc"] };
  const floats = embeddingList.parse(await (await gateway.post("/v1/embeddings", body)).json());
  assertEquals(floats.data.map(({ embedding }) => embedding), [
    [1, Math.fround(0.1), -2.5],
    [3, Math.fround(0.1), -2.5],
  ]);
  assertEquals(floats.usage, { prompt_tokens: 7, total_tokens: 7 });
  const coded = { ...body, input: "abc", encoding_format: "base64" };
  const { data } = embeddingList.parse(await (await gateway.post("/v1/embeddings", coded)).json());
  const bytes = Uint8Array.fromBase64(String(data[0]?.embedding));
  assertEquals([...new Float32Array(bytes.buffer)], [3, Math.fround(0.1), -2.5]);
});

Deno.test("POST /v1/embeddings gives up a model that never answers, and records it", async () => {
  const clock = new FakeClock();
  const scripts = { stuck: says("Never") };
  await using gateway = await openHarness({ clock, scripts, limits: { silenceMs: 5_000 } });
  const before = clock.pending;
  const pending = gateway.post("/v1/embeddings", { model: "scripted/stuck", input: "a" });
  while (clock.pending === before) await new Promise((resolve) => setTimeout(resolve, 0));
  clock.advance(5_000);
  const response = await pending;
  assertEquals([response.status, (await response.json()).error.code], [504, "deadline_exceeded"]);
  const [entry] = await gateway.store.auditLog.query();
  assertObjectMatch(entry ?? {}, { action: "embeddings", result: "cancelled" });
});

Deno.test("POST /v1/embeddings refuses what it cannot do", async (t) => {
  await using gateway = await openHarness();
  const cases = [
    { name: "an unknown model", body: { model: "scripted/none", input: "a" }, status: 404 },
    { name: "no text", body: { model: "scripted/echo", input: [] }, status: 400 },
    { name: "an empty text", body: { model: "scripted/echo", input: "" }, status: 400 },
    { name: "tokens", body: { model: "scripted/echo", input: [1, 2] }, status: 400 },
    {
      name: "another length",
      body: { model: "scripted/echo", input: "a", dimensions: 8 },
      status: 400,
    },
  ];
  for (const { name, body, status } of cases) {
    await t.step(name, async () => {
      const response = await gateway.post("/v1/embeddings", body);
      assertEquals(response.status, status);
      assertMatch((await response.json()).error.message, /^Cannot /);
    });
  }
});
