// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { PluginError } from "../errors.ts";
import type {
  CallContext,
  ChannelInboundMessage,
  ChannelOutboundMessage,
  ChannelPlugin,
  ChannelPresence,
  Plugin,
  ProviderChatEvent,
  ProviderChatRequest,
  ProviderPlugin,
  ToolPlugin,
} from "../sdk/mod.ts";
import { MemoryHost } from "./memory_host.ts";
import { testPlugin } from "./test_plugin.ts";

const Sum = z.object({ left: z.number(), right: z.number().default(1) });

const TOOLS: ToolPlugin = {
  type: "tool",
  tools: {
    add: {
      description: "Adds",
      input: Sum,
      execute: ({ left, right }: z.infer<typeof Sum>) => String(left + right),
    },
    echo: {
      description: "Gives back what it was given",
      input: { type: "object" },
      execute: (input, { sessionId }) => JSON.stringify({ input, sessionId }),
    },
    count: {
      description: "Counts to three",
      input: { type: "object" },
      async *execute() {
        for (const word of ["one ", "two ", "three"]) yield word;
      },
    },
    fail: {
      description: "Fails halfway",
      input: { type: "object" },
      async *execute() {
        yield "a part";
        throw new Error("no more");
      },
    },
    number: {
      description: "Gives what is no text",
      input: { type: "object" },
      execute: (): string => JSON.parse("5"),
    },
    repeat: {
      description: "Gives a long text",
      input: { type: "object" },
      execute: ({ text, times }: { text: string; times: number }) => text.repeat(times),
    },
  },
};

Deno.test("testPlugin() runs a tool", async () => {
  await using tested = await testPlugin(TOOLS);
  assertEquals(await tested.execute("count"), "one two three");
  assertEquals(
    await tested.execute("echo", { a: [1, null] }, { sessionId: "s7" }),
    '{"input":{"a":[1,null]},"sessionId":"s7"}',
  );
});

Deno.test("a tool with a zod schema is described by it and gets what it parsed", async () => {
  await using tested = await testPlugin(TOOLS);
  const [add] = await tested.tools.describe();
  assertEquals(add?.inputSchema["type"], "object");
  assertEquals(add?.inputSchema["required"], ["left"]);
  assertEquals(await tested.execute("add", { left: 2 }), "3");
  const error = await assertRejects(() => tested.execute("add", { left: "2" }), PluginError);
  assertEquals(error.code, "failed");
  assertStringIncludes(error.message, "The arguments are not what the tool takes");
});

Deno.test("a tool that fails ends with an error and keeps what it gave before", async () => {
  await using tested = await testPlugin(TOOLS);
  const call = { name: "fail", input: {}, sessionId: "s" };
  assertEquals(await Array.fromAsync(tested.tools.execute(call)), [
    { type: "text", text: "a part" },
    { type: "error", message: "no more" },
  ]);
  await assertRejects(() => tested.execute("fail"), PluginError, "no more");
});

Deno.test("a tool that gives what is no text fails", async () => {
  await using tested = await testPlugin(TOOLS);
  await assertRejects(() => tested.execute("number"), PluginError, "not text");
});

Deno.test("a long text comes in parts and whole", async () => {
  await using tested = await testPlugin(TOOLS);
  const text = "a🦕";
  assertEquals(await tested.execute("repeat", { text, times: 50_000 }), text.repeat(50_000));
});

Deno.test("a plugin is handed its configuration, and may refuse it", async () => {
  const plugin: ToolPlugin = {
    ...TOOLS,
    init(config) {
      if (config["key"] === undefined) throw new Error("it needs a key");
    },
  };
  await using _tested = await testPlugin(plugin, { config: { key: "k" } });
  const error = await assertRejects(() => testPlugin(plugin), PluginError);
  assertEquals([error.code, error.message], [
    "failed",
    'Cannot init plugin "under-test": it needs a key',
  ]);
});

Deno.test("testPlugin() tells the health that a plugin reports, and runs its shutdown once", async () => {
  let shutdowns = 0;
  const plugin: ToolPlugin = {
    ...TOOLS,
    health: () => ({ status: "degraded", message: "the cache is cold" }),
    shutdown: () => void shutdowns++,
  };
  const tested = await testPlugin(plugin);
  assertEquals(await tested.health(), { status: "degraded", message: "the cache is cold" });
  await tested.stop();
  await tested.stop();
  assertEquals(shutdowns, 1);
  const error = await assertRejects(() => tested.health(), PluginError);
  assertEquals(error.code, "closed");
});

Deno.test("testPlugin() refuses what is no plugin", async (t) => {
  const cases: readonly (readonly [name: string, value: unknown])[] = [
    ["a number", 5],
    ["null", null],
    ["no type", { tools: {} }],
    ["an unknown type", { type: "skill" }],
    ["a tool plugin without tools", { type: "tool" }],
    ["a channel plugin that cannot send", { type: "channel", start() {} }],
    ["a provider plugin without a name", { type: "provider", chat() {}, listModels() {} }],
  ];
  for (const [name, value] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(() => testPlugin(value as Plugin), PluginError);
      assertEquals(error.code, "failed");
    });
  }
});

const MESSAGE: ChannelInboundMessage = {
  messageId: "m1",
  channelId: "c1",
  sender: { platform: "post", platformUserId: "u1", displayName: "Ada", userId: "" },
  content: "Hello",
  threadId: "t1",
  media: [{
    url: "https://example.org/a.png",
    mimeType: "image/png",
    filename: "a.png",
    sizeBytes: 5,
  }],
  timestamp: new Date(1_700_000_000_123),
  metadata: { urgent: "no" },
};

class Post implements ChannelPlugin {
  readonly type = "channel";
  readonly sent: (ChannelOutboundMessage | ChannelPresence)[] = [];
  readonly ended = Promise.withResolvers<void>();

  async *start({ signal }: CallContext): AsyncGenerator<ChannelInboundMessage> {
    yield MESSAGE;
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve());
    await promise;
    this.ended.resolve();
  }

  async send(message: ChannelOutboundMessage): Promise<string> {
    if (message.content === "") throw new Error("nothing to send");
    this.sent.push(message);
    return `sent-${this.sent.length}`;
  }

  async updatePresence(presence: ChannelPresence): Promise<void> {
    this.sent.push(presence);
  }

  async getIdentity(platformUserId: string) {
    return { platform: "post", platformUserId, displayName: "Ada" };
  }
}

const OUTBOUND: ChannelOutboundMessage = {
  channelId: "c1",
  content: "Hi",
  threadId: "",
  media: [{
    url: "https://example.org/b",
    mimeType: "text/plain",
    filename: "b",
    sizeBytes: 2 ** 40,
  }],
  typingIndicator: true,
  replyToMessageId: "m1",
};

Deno.test("a channel plugin's messages pass unchanged, both ways", async () => {
  const post = new Post();
  await using tested = await testPlugin(post);
  for await (const message of tested.channel.start()) {
    assertEquals(message, MESSAGE);
    break;
  }
  await post.ended.promise;
  assertEquals(await tested.channel.send(OUTBOUND), "sent-1");
  assertEquals(post.sent, [OUTBOUND]);
});

Deno.test("a message that a platform does not take is an error", async () => {
  await using tested = await testPlugin(new Post());
  const sent = tested.channel.send({ ...OUTBOUND, content: "" });
  const error = await assertRejects(() => sent, PluginError);
  assertEquals(error.message, 'Cannot send through plugin "under-test": nothing to send');
});

Deno.test("a channel plugin shows presence and tells identities", async () => {
  const post = new Post();
  await using tested = await testPlugin(post);
  for (const status of ["online", "typing", "offline"] as const) {
    assertEquals(await tested.channel.updatePresence({ channelId: "c1", status }), true);
  }
  assertEquals(post.sent.map((sent) => "status" in sent && sent.status), [
    "online",
    "typing",
    "offline",
  ]);
  assertEquals(await tested.channel.getIdentity("u9"), {
    platform: "post",
    platformUserId: "u9",
    displayName: "Ada",
    userId: "",
  });
});

Deno.test("a channel plugin need not know presence and identities", async () => {
  await using tested = await testPlugin({
    type: "channel",
    async *start() {},
    send: async () => "1",
  });
  assertEquals(await tested.channel.updatePresence({ channelId: "c", status: "online" }), false);
  assertEquals((await tested.channel.getIdentity("u9")).platformUserId, "u9");
});

Deno.test("a channel that listens ends without error when its plugin is stopped", async () => {
  const tested = await testPlugin(new Post());
  const messages: unknown[] = [];
  for await (const message of tested.channel.start()) {
    messages.push(message);
    tested.stop();
  }
  assertEquals(messages.length, 1);
  await tested.stop();
});

const REQUEST: ProviderChatRequest = {
  model: "m-1",
  messages: [
    { role: "system", content: "Be kind", toolCallId: "", toolName: "", metadata: {} },
    { role: "user", content: "Hi", toolCallId: "", toolName: "", metadata: { a: "b" } },
    { role: "assistant", content: "", toolCallId: "", toolName: "", metadata: {} },
    { role: "tool", content: "5", toolCallId: "t1", toolName: "add", metadata: {} },
  ],
  tools: [{ name: "add", description: "Adds", inputSchema: { type: "object" } }],
  systemPrompt: "Be brief",
  temperature: 0,
  maxTokens: undefined,
  stopSequences: ["END"],
  stream: false,
};

const EVENTS: readonly ProviderChatEvent[] = [
  { type: "text_delta", text: "Hello" },
  { type: "tool_call", toolCall: { id: "t1", name: "add", arguments: "{}" } },
  {
    type: "usage",
    usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4 },
  },
  { type: "done" },
];

function provider(
  chat: (request: ProviderChatRequest) => AsyncIterable<ProviderChatEvent>,
  rest: Partial<ProviderPlugin> = {},
): ProviderPlugin {
  return { type: "provider", name: "acme", listModels: async () => [], chat, ...rest };
}

Deno.test("a provider plugin gets the request as it was made, and its events pass unchanged", async () => {
  let seen: ProviderChatRequest | undefined;
  await using tested = await testPlugin(provider(async function* (request) {
    seen = request;
    yield* EVENTS;
    yield { type: "text_delta", text: "after the end" };
  }));
  assertEquals(await Array.fromAsync(tested.provider.chat(REQUEST)), EVENTS);
  assertEquals(seen, REQUEST);
});

Deno.test("a provider plugin's stream always ends with done or error", async (t) => {
  const cases: readonly (readonly [string, () => AsyncGenerator<ProviderChatEvent>, unknown])[] = [
    ["a stream that just ends", async function* () {}, { type: "done" }],
    // deno-lint-ignore require-yield -- it fails first
    ["one that throws", async function* () {
      throw new Error("overloaded");
    }, { type: "error", message: "overloaded" }],
    ["one that says error", async function* () {
      yield { type: "error", message: "no credit" };
    }, { type: "error", message: "no credit" }],
  ];
  for (const [name, chat, last] of cases) {
    await t.step(name, async () => {
      await using tested = await testPlugin(provider(chat));
      assertEquals(await Array.fromAsync(tested.provider.chat(REQUEST)), [last]);
    });
  }
});

Deno.test("a provider plugin lists models and tells whether it can be asked", async () => {
  await using tested = await testPlugin(provider(async function* () {}, {
    listModels: async () => [
      { id: "m-1", name: "Model One", capabilities: { supportsTools: true, maxContextTokens: 9 } },
      { id: "m-2" },
    ],
    status: async () => ({ available: false, message: "no key" }),
  }));
  const [first, second] = await tested.provider.listModels();
  assertEquals([first?.id, first?.name, second?.name], ["m-1", "Model One", "m-2"]);
  assertEquals(first?.capabilities?.supportsTools, true);
  assertEquals(first?.capabilities?.supportsVision, false);
  assertEquals(first?.capabilities?.maxContextTokens, 9);
  assertEquals(await tested.provider.status(), { available: false, message: "no key" });
});

Deno.test("a provider plugin without a status is available", async () => {
  await using tested = await testPlugin(provider(async function* () {}));
  assertEquals(await tested.provider.status(), { available: true, message: "" });
});

Deno.test("MemoryHost keeps what a plugin keeps and sends", async () => {
  const host = new MemoryHost({ config: { city: "Turku" } });
  const plugin: ToolPlugin = {
    type: "tool",
    tools: {
      use: {
        description: "Uses the gateway",
        input: { type: "object" },
        async execute(_input, { host }) {
          await host.kv.set("b", "2");
          await host.kv.set("a/1", new Uint8Array([1]));
          const id = await host.send({ channel: "post", channelId: "c", content: "hi" });
          const gone = await host.kv.delete("b");
          const keys = await host.kv.list("a/");
          return JSON.stringify([await host.config(), id, gone, keys, await host.kv.get("b") ?? 0]);
        },
      },
    },
  };
  await using tested = await testPlugin(plugin, { host });
  assertEquals(await tested.execute("use"), '[{"city":"Turku"},"1",true,["a/1"],0]');
  assertEquals([...host.values.keys()], ["a/1"]);
  assertEquals(host.messages.length, 1);
});
