// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertObjectMatch } from "@std/assert";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "npm:@opentelemetry/context-async-hooks@^2.0.0";
import { BasicTracerProvider, type ReadableSpan } from "npm:@opentelemetry/sdk-trace-base@^2.0.0";
import { nameRequest } from "../../gateway/telemetry.ts";
import { openHarness } from "./_harness.ts";
import { type ChatScript, fails, says } from "./_scripted.ts";

/** Runs something with a real tracer, and gives the spans that it ended. */
async function traced(run: () => Promise<void>): Promise<readonly ReadableSpan[]> {
  const spans: ReadableSpan[] = [];
  const processor = {
    onStart() {},
    onEnd: (span: ReadableSpan) => void spans.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const provider = new BasicTracerProvider({ spanProcessors: [processor] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  try {
    await run();
    return spans;
  } finally {
    trace.disable();
    context.disable();
    await provider.shutdown();
  }
}

const MESSAGES = [{ role: "user", content: "Hello" }];

Deno.test("a call that passes through is measured with GenAI attributes", async () => {
  const inner: ChatScript = async function* (request, signal) {
    trace.getTracer("vendor").startSpan("vendor request").end();
    yield* says("Hello")(request, signal);
  };
  const spans = await traced(async () => {
    await using gateway = await openHarness({ scripts: { echo: inner } });
    const body = { model: "scripted/echo", messages: MESSAGES };
    await (await gateway.post("/v1/chat/completions", body)).body?.cancel();
  });
  const [vendor, chat] = spans;
  assertEquals(spans.map(({ name }) => name), ["vendor request", "chat echo"]);
  assertEquals(chat?.kind, SpanKind.CLIENT);
  assertEquals(chat?.attributes, {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "echo",
    "gen_ai.provider.name": "scripted",
    "gen_ai.usage.input_tokens": 11,
    "gen_ai.usage.output_tokens": 1,
  });
  assertEquals(vendor?.parentSpanContext?.spanId, chat?.spanContext().spanId);
});

Deno.test("a call that fails is marked with its code", async () => {
  const spans = await traced(async () => {
    const scripts = { poor: fails({ code: "budget", message: "Spent" }) };
    await using gateway = await openHarness({ scripts });
    const body = { model: "scripted/poor", messages: MESSAGES, stream: true };
    await (await gateway.post("/v1/chat/completions", body)).body?.cancel();
    const texts = { model: "scripted/none", input: "Hello" };
    await (await gateway.post("/v1/embeddings", texts)).body?.cancel();
  });
  assertEquals(spans.map(({ name }) => name), ["chat poor", "embeddings none"]);
  assertObjectMatch(spans[0]?.attributes ?? {}, { "error.type": "budget" });
  assertObjectMatch(spans[1]?.attributes ?? {}, { "error.type": "unknown_model" });
  assertEquals(spans.map(({ status }) => status.code), [
    SpanStatusCode.ERROR,
    SpanStatusCode.ERROR,
  ]);
});

Deno.test("nameRequest() names the span of the server, and does without one", async () => {
  nameRequest("GET", "/nothing");
  const [span] = await traced(async () => {
    trace.getTracer("server").startActiveSpan("POST", (active) => {
      nameRequest("POST", "/v1/models");
      active.end();
    });
  });
  assertEquals(span?.name, "POST /v1/models");
  assertEquals(span?.attributes, { "http.route": "/v1/models" });
});
