// SPDX-License-Identifier: Apache-2.0

import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { assertEquals } from "@std/assert";
import { Answer } from "./_answer.ts";

const NO_USAGE = {
  inputTokens: {
    total: undefined,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};
const PARTS: readonly LanguageModelV4StreamPart[] = [
  { type: "text-delta", id: "1", delta: "Hi" },
  { type: "finish", usage: NO_USAGE, finishReason: { unified: "stop", raw: "stop" } },
];
const EVENTS = [{ type: "text_delta", text: "Hi" }, { type: "done", finishReason: "stop" }];

/** Streams some parts, then ends if it is to end. */
function modelOf(ends: boolean): { readonly model: LanguageModelV4; readonly log: string[] } {
  const log: string[] = [];
  const parts = [...PARTS];
  const stream = new ReadableStream<LanguageModelV4StreamPart>({
    pull(controller) {
      const part = parts.shift();
      if (part !== undefined) return controller.enqueue(part);
      if (!ends) return;
      log.push("read to its end");
      controller.close();
    },
    cancel: () => void log.push("cancelled"),
  }, { highWaterMark: 0 });
  const model: LanguageModelV4 = {
    specificationVersion: "v4",
    provider: "test",
    modelId: "test",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("not asked for")),
    doStream: () => Promise.resolve({ stream }),
  };
  return { model, log };
}

async function collectBatches(answer: Answer): Promise<readonly unknown[]> {
  return (await Array.fromAsync(answer.batches())).flat();
}

Deno.test("Answer reads a stream to its end, so that the connection can be used again", async () => {
  const { model, log } = modelOf(true);
  const events = await collectBatches(new Answer(model, { prompt: [] }, true));
  assertEquals(JSON.parse(JSON.stringify(events)), EVENTS);
  assertEquals(log, ["read to its end"]);
});

Deno.test("Answer does not wait for the end of a stream that stays open after its last event", async () => {
  const { model, log } = modelOf(false);
  const events = await collectBatches(new Answer(model, { prompt: [] }, true));
  assertEquals(JSON.parse(JSON.stringify(events)), EVENTS);
  assertEquals(log, ["cancelled"]);
});
