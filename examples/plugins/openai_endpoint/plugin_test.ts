// SPDX-License-Identifier: Apache-2.0

import { type ProviderChatEvent, testPlugin } from "@sigil/plugin/testing";
import { assertEquals, assertStringIncludes } from "@std/assert";
import plugin from "./plugin.ts";
import { brokenOff, Endpoint, streamed } from "./testdata/endpoint.ts";
import { chatRequest, message } from "./testdata/request.ts";

function delta(content: string): unknown {
  return { choices: [{ index: 0, delta: { content } }] };
}

function callDelta(index: number, id: string | null, name: string | null, text: string): unknown {
  const call = { index, id, type: "function", function: { name, arguments: text } };
  return { choices: [{ index: 0, delta: { content: null, tool_calls: [call] } }] };
}

const USAGE = {
  prompt_tokens: 9,
  completion_tokens: 2,
  prompt_tokens_details: { cached_tokens: 4 },
};

const USAGE_EVENT: ProviderChatEvent = {
  type: "usage",
  usage: { inputTokens: 9, outputTokens: 2, cacheReadTokens: 4, cacheWriteTokens: 0 },
};

Deno.test("chat streams text, tool calls and usage", async (t) => {
  await using endpoint = new Endpoint();
  await using tested = await testPlugin(plugin, { config: { base_url: `${endpoint.url}/` } });
  const message = {
    content: "Hi",
    tool_calls: [{ id: "a", type: "function", function: { name: "now", arguments: "" } }],
  };
  const cases: Readonly<Record<string, readonly [Response, readonly ProviderChatEvent[]]>> = {
    "text": [
      streamed(delta("Hé"), delta(""), delta("llo 🦕"), { choices: [], usage: USAGE }),
      [
        { type: "text_delta", text: "Hé" },
        { type: "text_delta", text: "llo 🦕" },
        USAGE_EVENT,
        { type: "done" },
      ],
    ],
    "two tool calls, in parts": [
      streamed(
        callDelta(0, "a", "add", ""),
        callDelta(0, null, null, '{"x"'),
        callDelta(1, "b", "now", ""),
        callDelta(0, null, null, ":1}"),
      ),
      [
        { type: "tool_call", toolCall: { id: "a", name: "add", arguments: '{"x":1}' } },
        { type: "tool_call", toolCall: { id: "b", name: "now", arguments: "{}" } },
        { type: "done" },
      ],
    ],
    "an answer in one piece": [
      Response.json({ choices: [{ index: 0, message }], usage: USAGE }),
      [
        { type: "text_delta", text: "Hi" },
        USAGE_EVENT,
        { type: "tool_call", toolCall: { id: "a", name: "now", arguments: "{}" } },
        { type: "done" },
      ],
    ],
  };
  for (const [name, [answer, events]] of Object.entries(cases)) {
    await t.step(name, async () => {
      endpoint.answers.push(answer);
      assertEquals(await Array.fromAsync(tested.provider.chat(chatRequest())), events);
    });
  }
});

Deno.test("chat sends all that it was asked with, and the key", async () => {
  await using endpoint = new Endpoint();
  const config = { base_url: endpoint.url, api_key: "k" };
  await using tested = await testPlugin(plugin, { config });
  endpoint.answers.push(Response.json({ choices: [] }));
  const asked = '[{"id":"t1","name":"add","arguments":"{}"}]';
  await Array.fromAsync(tested.provider.chat(chatRequest({
    systemPrompt: "Be brief",
    messages: [
      message({ content: "Add" }),
      message({ role: "assistant", metadata: { tool_calls: asked } }),
      message({ role: "tool", content: "5", toolCallId: "t1", toolName: "add" }),
    ],
    tools: [{ name: "add", description: "Adds", inputSchema: { type: "object" } }],
    temperature: 0,
    maxTokens: 10,
    stopSequences: ["END"],
    stream: false,
  })));
  const call = { id: "t1", type: "function", function: { name: "add", arguments: "{}" } };
  const tool = { name: "add", description: "Adds", parameters: { type: "object" } };
  assertEquals(endpoint.asked, [{
    what: "POST /v1/chat/completions",
    key: "k",
    body: {
      model: "small",
      messages: [
        { role: "system", content: "Be brief" },
        { role: "user", content: "Add" },
        { role: "assistant", content: "", tool_calls: [call] },
        { role: "tool", content: "5", tool_call_id: "t1" },
      ],
      tools: [{ type: "function", function: tool }],
      temperature: 0,
      max_tokens: 10,
      stop: ["END"],
    },
  }]);
});

Deno.test("chat ends with an error that says what went wrong", async (t) => {
  await using endpoint = new Endpoint();
  await using tested = await testPlugin(plugin, { config: { base_url: endpoint.url } });
  const overloaded = { error: { message: "Overloaded", type: "server_error" } };
  const cases: Readonly<Record<string, readonly [Response, string]>> = {
    "it is refused": [
      Response.json(overloaded, { status: 429, headers: { "retry-after": "3" } }),
      "The endpoint answered 429: Overloaded (retry after 3)",
    ],
    "it fails without a reason": [new Response("", { status: 500 }), "500: no reason"],
    "it is no such endpoint": [new Response("<html>", { status: 404 }), "404: <html>"],
    "it leads elsewhere": [Response.redirect("http://127.0.0.1:1/"), "redirect"],
    "it breaks off": [brokenOff(delta("Hel")), "broke off its answer"],
    "it fails halfway": [streamed(delta("Hel"), overloaded), "Overloaded"],
    "it is no JSON": [brokenOff("{nonsense"), "is not JSON"],
    "it is something else": [
      streamed({ choices: [{ delta: { content: 5 } }] }),
      "than expected at choices.0.delta.content",
    ],
  };
  for (const [name, [answer, reason]] of Object.entries(cases)) {
    await t.step(name, async () => {
      endpoint.answers.push(answer);
      const last = (await Array.fromAsync(tested.provider.chat(chatRequest()))).at(-1);
      assertEquals(last?.type, "error");
      assertStringIncludes(last?.type === "error" ? last.message : "", reason);
    });
  }
});

Deno.test("leaving a chat ends the request to the endpoint", async () => {
  await using endpoint = new Endpoint();
  await using tested = await testPlugin(plugin, { config: { base_url: endpoint.url } });
  endpoint.answers.push(endpoint.endless(delta("One"), delta("Two")));
  for await (const event of tested.provider.chat(chatRequest())) {
    assertEquals(event, { type: "text_delta", text: "One" });
    break;
  }
  await endpoint.left;
});

Deno.test("listModels and status ask the endpoint", async () => {
  await using endpoint = new Endpoint();
  await using tested = await testPlugin(plugin, { config: { base_url: endpoint.url } });
  const models = await tested.provider.listModels();
  assertEquals(models.map(({ id }) => id), ["small", "large"]);
  assertEquals(await tested.provider.status(), { available: true, message: "" });
});

Deno.test("status says why the endpoint cannot be asked, and never the key", async () => {
  await using endpoint = new Endpoint();
  const config = { base_url: endpoint.url, api_key: "wrong" };
  await using tested = await testPlugin(plugin, { config });
  assertEquals(await tested.provider.status(), {
    available: false,
    message: "The endpoint answered 401: No such key",
  });
});
