// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ChatEvent, ChatRequest, Provider } from "@sigil/provider";
import { PluginError } from "../errors.ts";
import { manifestOf } from "./testdata/plugins.ts";
import { TestManager } from "./testdata/test_manager.ts";

const PROVIDER = {
  "plugin.yaml": manifestOf("models").replace("type: tool", "type: provider"),
  "plugin.ts": `export default {
  type: "provider",
  name: "anything",
  listModels: async () => [{ id: "one", capabilities: { supportsTools: true, maxContextTokens: 9 } }, { id: "two", name: "Two" }],
  status: async () => ({ available: true, message: "ready" }),
  async *chat(request, { signal }) {
    switch (request.model) {
      case "echo":
        yield { type: "text_delta", text: JSON.stringify(request) };
        yield { type: "usage", usage: { inputTokens: 3, outputTokens: 4 } };
        return yield { type: "done" };
      case "call":
        yield { type: "tool_call", toolCall: { id: "1", name: "find", arguments: "{}" } };
        return;
      case "throw":
        yield { type: "text_delta", text: "so far" };
        throw new Error("the vendor is gone");
      case "crash":
        yield { type: "text_delta", text: "so far" };
        Deno.exit(4);
      case "endless":
        while (!signal.aborted) yield { type: "text_delta", text: "on" };
    }
  },
};
`,
};

async function openProvider(): Promise<[TestManager, Provider]> {
  const test = await TestManager.open({ plugins: { models: PROVIDER } });
  await test.manager.ready;
  const [provider] = test.manager.providers();
  assert(provider !== undefined);
  return [test, provider];
}

function ask(
  provider: Provider,
  model: string,
  request: Partial<ChatRequest> = {},
): Promise<ChatEvent[]> {
  return Array.fromAsync(provider.chat({ model, messages: [], ...request }));
}

Deno.test("ManagedProvider tells its models and how it is, under the plugin's name", async () => {
  const [test, provider] = await openProvider();
  await using _ = test;
  const unknown = {
    supportsTools: false,
    supportsVision: false,
    supportsStreaming: false,
    supportsThinking: false,
    maxContextTokens: 0,
    maxOutputTokens: 0,
  };
  assertEquals(provider.name, "models");
  assertEquals(await provider.listModels(), [
    {
      id: "one",
      name: "one",
      provider: "models",
      capabilities: { ...unknown, supportsTools: true, maxContextTokens: 9 },
    },
    { id: "two", name: "Two", provider: "models", capabilities: unknown },
  ]);
  assertEquals(await provider.status(), { available: true, provider: "models", message: "ready" });
  assertEquals(await provider.available(), true);
});

Deno.test("ManagedProvider.chat() hands over all of a request and gives the events", async () => {
  const [test, provider] = await openProvider();
  await using _ = test;
  const events = await ask(provider, "echo", {
    systemPrompt: "be kind",
    messages: [
      { role: "user", content: "hi" },
      { role: "assistant", content: "", toolCalls: [{ id: "1", name: "find", arguments: "{}" }] },
      { role: "tool", content: "found", toolCallId: "1", toolName: "find" },
    ],
    tools: [{ name: "find", description: "Finds", inputSchema: { type: "object" } }],
    options: { temperature: 0, maxTokens: 5, stopSequences: ["."], stream: false },
  });
  const [first, usage, done] = events;
  assert(first?.type === "text_delta");
  assertEquals(JSON.parse(first.text), {
    model: "echo",
    messages: [
      { role: "user", content: "hi", toolCallId: "", toolName: "", metadata: {} },
      {
        role: "assistant",
        content: "",
        toolCallId: "",
        toolName: "",
        metadata: { tool_calls: '[{"id":"1","name":"find","arguments":"{}"}]' },
      },
      { role: "tool", content: "found", toolCallId: "1", toolName: "find", metadata: {} },
    ],
    tools: [{ name: "find", description: "Finds", inputSchema: { type: "object" } }],
    systemPrompt: "be kind",
    temperature: 0,
    maxTokens: 5,
    stopSequences: ["."],
    stream: false,
  });
  assertEquals(usage, {
    type: "usage",
    usage: { inputTokens: 3, outputTokens: 4, cacheReadTokens: 0, cacheWriteTokens: 0 },
  });
  assertEquals(done, { type: "done", finishReason: "stop" });
  assertEquals(await ask(provider, "call"), [
    { type: "tool_call", toolCall: { id: "1", name: "find", arguments: "{}" } },
    { type: "done", finishReason: "tool_calls" },
  ]);
});

Deno.test("ManagedProvider.chat() turns every failure into one last event", async () => {
  const [test, provider] = await openProvider();
  await using _ = test;
  const thrown = await ask(provider, "throw");
  assertEquals(thrown.map(({ type }) => type), ["text_delta", "error"]);
  assertEquals(thrown[1], { type: "error", code: "unavailable", message: "the vendor is gone" });
  const crashed = await ask(provider, "crash");
  assertEquals(crashed.at(-1)?.type, "error");
  await test.moved("models", "error");
  assertEquals((await ask(provider, "echo")).map(({ type }) => type), ["error"]);
  assertEquals((await provider.status()).available, false);
  const error = await assertRejects(() => provider.listModels(), PluginError);
  assertEquals(error.code, "crashed");
});

Deno.test("ManagedProvider.chat() throws the reason of its signal, and can be left", async () => {
  const [test, provider] = await openProvider();
  await using _ = test;
  const reason = new Error("enough");
  const controller = new AbortController();
  const { signal } = controller;
  const error = await assertRejects(async () => {
    for await (const _ of provider.chat({ model: "endless", messages: [] }, { signal })) {
      controller.abort(reason);
    }
  });
  assertEquals(error, reason);
  for await (const _ of provider.chat({ model: "endless", messages: [] })) break;
  assertEquals(test.manager.get("models").callsUnderWay, 0);
  assertEquals(await assertRejects(() => provider.status({ signal })), reason);
  await provider.close();
  assertEquals(await provider.available(), true);
});
