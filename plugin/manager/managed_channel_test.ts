// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "../errors.ts";
import { manifestOf } from "./testdata/plugins.ts";
import { TestManager } from "./testdata/test_manager.ts";

const CHANNEL = {
  "plugin.yaml": manifestOf("chat").replace("type: tool", "type: channel"),
  "plugin.ts": `const inbox = [];
let wake = () => {};
function receive(content) {
  inbox.push({
    messageId: "m" + inbox.length,
    channelId: "c",
    sender: { platform: "test", platformUserId: "u", displayName: "U" },
    content,
  });
  wake();
}
export default {
  type: "channel",
  async *start({ signal }) {
    signal.addEventListener("abort", () => wake());
    receive("listening");
    while (!signal.aborted) {
      while (inbox.length > 0) yield inbox.shift();
      await new Promise((resolve) => { wake = resolve; });
    }
  },
  async send({ channelId, content, threadId }) {
    if (content === "crash") Deno.exit(9);
    if (content === "refuse") throw new Error("the platform says no");
    receive("echo " + content);
    return channelId + "/" + threadId + "/1";
  },
  async updatePresence() {},
  getIdentity: async (platformUserId) => ({ platform: "test", platformUserId, displayName: "Ada" }),
};
`,
};

const MESSAGE = {
  channelId: "c",
  threadId: "t",
  media: [],
  typingIndicator: false,
  replyToMessageId: "",
};

Deno.test("ManagedChannel passes messages both ways", async () => {
  await using test = await TestManager.open({ plugins: { chat: CHANNEL } });
  await test.manager.ready;
  const [channel] = test.manager.channels();
  assert(channel !== undefined);
  assertEquals([channel.plugin, test.manager.tools(), test.manager.providers()], ["chat", [], []]);
  const messages = channel.start()[Symbol.asyncIterator]();
  assertEquals((await messages.next()).value?.content, "listening");
  assertEquals(await channel.send({ ...MESSAGE, content: "hi" }), "c/t/1");
  const { value } = await messages.next();
  assertEquals([value?.content, value?.sender.displayName], ["echo hi", "U"]);
  assertEquals(await channel.updatePresence({ channelId: "c", status: "typing" }), true);
  assertEquals((await channel.getIdentity("u7")).displayName, "Ada");
  const error = await assertRejects(
    () => channel.send({ ...MESSAGE, content: "refuse" }),
    PluginError,
  );
  assertEquals(error.code, "failed");
  await messages.return?.();
});

Deno.test("ManagedChannel.start() goes on over reloads and crashes, and ends with the manager", async () => {
  await using test = await TestManager.open({ plugins: { chat: CHANNEL } });
  const [channel] = test.manager.channels();
  assert(channel !== undefined);
  const contents: string[] = [];
  const listening = Promise.withResolvers<void>();
  const received = (async () => {
    for await (const { content } of channel.start()) {
      contents.push(content);
      if (contents.length === 1) listening.resolve();
    }
  })();
  const heard = async (content: string, times = 1) => {
    while (contents.filter((each) => each === content).length < times) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await listening.promise;
  await test.manager.reload("chat");
  await heard("listening", 2);
  await channel.send({ ...MESSAGE, content: "two" });
  const crashed = await assertRejects(
    () => channel.send({ ...MESSAGE, content: "crash" }),
    PluginError,
  );
  assertEquals(crashed.code, "crashed");
  await test.until(() => test.clock.waits.includes(500));
  test.clock.advance(500);
  await test.moved("chat", "running", 3);
  await channel.send({ ...MESSAGE, content: "three" });
  await heard("listening", 3);
  await heard("echo three");
  await test.manager.close();
  await received;
  assertEquals(contents.filter((content) => content === "listening").length, 3);
});

Deno.test("ManagedChannel.start() ends with its signal", async () => {
  await using test = await TestManager.open({ plugins: { chat: CHANNEL } });
  const [channel] = test.manager.channels();
  assert(channel !== undefined);
  const reason = new Error("enough");
  const controller = new AbortController();
  const error = await assertRejects(async () => {
    for await (const _ of channel.start({ signal: controller.signal })) controller.abort(reason);
  });
  assertEquals(error, reason);
});

Deno.test("PluginManager lets a plugin send through a channel plugin, if it may", async () => {
  const tool = (name: string, capabilities: string) => ({
    "plugin.yaml": manifestOf(name, `capabilities: [${capabilities}]`),
    "plugin.ts": `export default { type: "tool", tools: { say: {
  description: "",
  input: { type: "object" },
  execute: (input, { host }) => host.send({ channel: input.channel, channelId: "c", content: "psst" }),
} } };
`,
  });
  await using test = await TestManager.open({
    plugins: {
      chat: CHANNEL,
      may: tool("may", "messages.send.*"),
      may_not: tool("may-not", "messages.read"),
    },
    config: { chat: { enabled: true }, may: { enabled: true }, "may-not": { enabled: true } },
    sendMessage: undefined,
  });
  await test.manager.ready;
  assertEquals(await test.run("may__say", { channel: "chat" }), "c//1");
  const gone = await test.run("may__say", { channel: "gone" });
  assert(gone.includes('there is no channel "gone"'), gone);
  const denied = await test.run("may-not__say", { channel: "chat" });
  assert(denied.includes("the plugin's manifest does not allow it"), denied);
  const odd = await test.run("may__say", { channel: "a b" });
  assert(odd.startsWith("!"), odd);
});
