// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertObjectMatch } from "@std/assert";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "npm:@opentelemetry/context-async-hooks@^2.0.0";
import { BasicTracerProvider, type ReadableSpan } from "npm:@opentelemetry/sdk-trace-base@^2.0.0";
import { openFixture, textTool, tool } from "./testdata/fixture.ts";
import { type Answer, callsTools, failsAfter, says } from "./testdata/scripted_provider.ts";

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

Deno.test("Agent.turn() measures model calls and tool runs with GenAI attributes", async () => {
  const spans = await traced(async () => {
    const answers = [callsTools([{ name: "look", input: {} }]), says("Done")];
    await using fixture = await openFixture(answers, {
      tools: () => [textTool("look", "seen")],
      settings: { chat: { temperature: 0, maxTokens: 9 } },
    });
    await fixture.say("Look");
  });
  assertEquals(spans.map(({ name }) => name), [
    "chat default",
    "execute_tool look",
    "chat default",
  ]);
  const [chat, run] = spans;
  assertEquals(chat?.kind, SpanKind.CLIENT);
  assertEquals(chat?.attributes, {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "default",
    "gen_ai.provider.name": "script",
    "gen_ai.conversation.id": "s1",
    "gen_ai.request.temperature": 0,
    "gen_ai.request.max_tokens": 9,
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 5,
    "gen_ai.usage.cache_read.input_tokens": 2,
    "gen_ai.usage.cache_creation.input_tokens": 1,
    "gen_ai.response.finish_reasons": ["tool_calls"],
  });
  assertEquals(run?.attributes, {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "look",
    "gen_ai.tool.type": "function",
    "gen_ai.tool.call.id": "call-1",
  });
});

Deno.test("Agent.turn() marks spans of what failed", async () => {
  const spans = await traced(async () => {
    const bad = tool("bad", () => {
      throw new RangeError("no");
    });
    const answers = [callsTools([{ name: "bad", input: {} }]), failsAfter("Half", "overloaded")];
    await using fixture = await openFixture(answers, { tools: () => [bad] });
    await fixture.say("Go");
  });
  const [, run, chat] = spans;
  assertObjectMatch(run ?? {}, {
    status: { code: SpanStatusCode.ERROR },
    attributes: { "error.type": "RangeError" },
  });
  assertObjectMatch(chat ?? {}, {
    status: { code: SpanStatusCode.ERROR },
    attributes: { "error.type": "overloaded", "gen_ai.usage.output_tokens": 5 },
  });
});

Deno.test("Agent.turn() runs the provider inside its span", async () => {
  const inner = { seen: "" };
  const answer: Answer = async function* () {
    yield { type: "text_delta", text: "Hello" };
    await Promise.resolve();
    inner.seen = trace.getActiveSpan()?.spanContext().spanId ?? "none";
    yield { type: "done", finishReason: "stop" };
  };
  const [chat] = await traced(async () => {
    await using fixture = await openFixture([answer]);
    await fixture.say("Hello");
  });
  assertEquals(inner.seen, chat?.spanContext().spanId);
});
