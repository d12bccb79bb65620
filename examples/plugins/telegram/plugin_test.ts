// SPDX-License-Identifier: Apache-2.0

import {
  type ChannelInboundMessage,
  type ChannelOutboundMessage,
  MemoryHost,
  type TestedPlugin,
  testPlugin,
} from "@sigil/plugin/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import plugin from "./plugin.ts";
import { BotApi } from "./testdata/bot_api.ts";

function start(api: BotApi, host = new MemoryHost()): Promise<TestedPlugin> {
  return testPlugin(plugin, { config: { token: api.token, api_root: api.url }, host });
}

/** Gives the next messages of a channel, and then leaves it. */
async function listen(tested: TestedPlugin, count: number): Promise<ChannelInboundMessage[]> {
  const messages: ChannelInboundMessage[] = [];
  for await (const message of tested.channel.start()) {
    messages.push(message);
    if (messages.length === count) break;
  }
  return messages;
}

function outbound(changes: Partial<ChannelOutboundMessage> = {}): ChannelOutboundMessage {
  return {
    channelId: "5",
    content: "Hello",
    threadId: "",
    media: [],
    typingIndicator: false,
    replyToMessageId: "",
    ...changes,
  };
}

Deno.test("what people write comes in, with who wrote it and where", async () => {
  await using api = await BotApi.open();
  await using tested = await start(api);
  const first = api.say("Hello 🦕");
  const chat = { id: -100, type: "supergroup", title: "Harbour" };
  const topic = { chat, is_topic_message: true, message_thread_id: 7 };
  api.update({
    message: {
      ...topic,
      from: { id: 6, first_name: "Lin" },
      message_id: 9,
      date: 1,
      caption: "A cat",
    },
  });
  const from = { id: 5, is_bot: false, first_name: "Ada", last_name: "Example" };
  api.update({
    edited_message: {
      message_id: 1,
      chat: { id: 5, type: "private" },
      from,
      date: 1,
      edit_date: 2,
      text: "Hi",
    },
  });
  const [hello, cat, edited] = await listen(tested, 3);
  assertEquals(hello, {
    messageId: "1",
    channelId: "5",
    sender: { platform: "telegram", platformUserId: "5", displayName: "Ada Example", userId: "" },
    content: "Hello 🦕",
    threadId: "",
    media: [],
    timestamp: new Date(1_700_000_000_000),
    metadata: { update_id: String(first), chat_type: "private" },
  });
  assertEquals([cat?.content, cat?.channelId, cat?.threadId], ["A cat", "-100", "7"]);
  assertEquals([edited?.content, edited?.metadata?.["edited"]], ["Hi", "true"]);
  assertEquals(edited?.timestamp, new Date(2000));
});

Deno.test("what has no text is left out, and confirmed like the rest", async () => {
  await using api = await BotApi.open();
  await using tested = await start(api);
  api.update({
    message: { message_id: 1, chat: { id: 5, type: "private" }, date: 1, sticker: {} },
  });
  api.say("after it");
  const messages = tested.channel.start()[Symbol.asyncIterator]();
  assertEquals((await messages.next()).value?.content, "after it");
  await api.until(({ isPolled, unconfirmed }) => isPolled && unconfirmed.length === 0);
  await messages.return?.();
});

Deno.test("each update comes once, over cuts, faults and restarts", async (t) => {
  await t.step("a connection that is cut before Telegram hears, or before we do", async () => {
    await using api = await BotApi.open();
    await using tested = await start(api);
    api.say("one");
    api.fail("getUpdates", { type: "cut_before" }, { type: "cut_after" }, { type: "cut_after" });
    api.say("two");
    const messages = await listen(tested, 2);
    assertEquals(messages.map(({ content }) => content), ["one", "two"]);
  });

  await t.step("a cut while it waits for news", async () => {
    await using api = await BotApi.open();
    await using tested = await start(api);
    const messages = tested.channel.start()[Symbol.asyncIterator]();
    const next = messages.next();
    await api.until(({ isPolled }) => isPolled);
    api.cut();
    await api.until(({ isPolled }) => !isPolled);
    api.say("late");
    assertEquals((await next).value?.content, "late");
    await messages.return?.();
  });

  await t.step("faults of the server, and another process that still listens", async () => {
    await using api = await BotApi.open();
    await using tested = await start(api);
    api.fail(
      "getUpdates",
      { type: "error", code: 502, description: "Bad Gateway" },
      { type: "error", code: 409, description: "Conflict" },
      { type: "flood", seconds: 1 },
    );
    api.say("one");
    assertEquals((await listen(tested, 1)).map(({ content }) => content), ["one"]);
    assertEquals(api.tooEarly, 0);
  });

  await t.step("a process that ended before it confirmed", async () => {
    await using api = await BotApi.open();
    const host = new MemoryHost();
    api.say("one");
    api.say("two");
    {
      await using tested = await start(api, host);
      const messages = tested.channel.start()[Symbol.asyncIterator]();
      assertEquals((await messages.next()).value?.content, "one");
      assertEquals((await messages.next()).value?.content, "two");
      await api.until(({ isPolled }) => isPolled);
      await messages.return?.();
    }
    await using repeated = await BotApi.open();
    for (const text of ["one", "two", "three"]) repeated.say(text);
    await using tested = await start(repeated, host);
    assertEquals((await listen(tested, 1)).map(({ content }) => content), ["three"]);
  });

  await t.step("numbers that start anew after a quiet week", async () => {
    await using api = await BotApi.open();
    await using tested = await start(api);
    api.say("old");
    const messages = tested.channel.start()[Symbol.asyncIterator]();
    assertEquals((await messages.next()).value?.content, "old");
    const next = messages.next();
    await api.until(({ isPolled, unconfirmed }) => isPolled && unconfirmed.length === 0);
    api.idle();
    await api.until(({ isPolled }) => isPolled);
    api.renumber(7);
    api.say("new");
    assertEquals((await next).value?.content, "new");
    await messages.return?.();
  });
});

Deno.test("send gives plain text, in parts that Telegram takes, and the id of the last", async () => {
  await using api = await BotApi.open();
  await using tested = await start(api);
  const id = await tested.channel.send(outbound({
    content: `**Long**: ${"word ".repeat(1700)}`,
    threadId: "7",
    replyToMessageId: "3",
    typingIndicator: true,
    media: [{ url: "https://example.org/a.png", mimeType: "image/png" }],
  }));
  assertEquals(id, String(api.sent.length));
  const texts = api.sent.map(String);
  assertEquals(texts.length, 3);
  assertEquals(texts.every((text) => text.length <= 4096), true);
  assertStringIncludes(texts[0] ?? "", "Long: word word");
  assertStringIncludes(texts[2] ?? "", "\nhttps://example.org/a.png");
  const [typing, first, second] = api.calls.filter(({ method }) => method.startsWith("send"));
  assertEquals([typing?.method, typing?.parameters["action"]], ["sendChatAction", "typing"]);
  const reply = { message_id: 3, allow_sending_without_reply: true };
  assertEquals(first?.parameters["reply_parameters"], reply);
  assertEquals(second?.parameters["reply_parameters"], undefined);
  assertEquals(second?.parameters["message_thread_id"], 7);
});

Deno.test("send waits as long as Telegram says, and sends again what was cut off", async () => {
  await using api = await BotApi.open();
  await using tested = await start(api);
  api.fail(
    "sendMessage",
    { type: "flood", seconds: 1 },
    { type: "cut_before" },
    { type: "error", code: 500, description: "Internal Server Error" },
  );
  await tested.channel.send(outbound({ content: "Patience" }));
  const codes = api.calls.filter(({ method }) => method === "sendMessage").map(({ code }) => code);
  assertEquals(codes, [429, 0, 500, 200]);
  assertEquals(api.tooEarly, 0);
  assertEquals(api.sent, ["Patience"]);
});

Deno.test("send tells what Telegram does not take", async (t) => {
  await using api = await BotApi.open();
  await using tested = await start(api);
  const cases: readonly (readonly [Partial<ChannelOutboundMessage>, string])[] = [
    [{ channelId: "404" }, "chat not found"],
    [{ content: "" }, "no text to send"],
    [{ content: " \n" }, "no text to send"],
  ];
  for (const [changes, reason] of cases) {
    await t.step(reason, async () => {
      const sent = tested.channel.send(outbound(changes));
      assertStringIncludes((await assertRejects(() => sent, Error)).message, reason);
    });
  }
});

Deno.test("presence is shown while we type, and people are known by their names", async () => {
  await using api = await BotApi.open();
  await using tested = await start(api);
  for (const status of ["typing", "online", "offline"] as const) {
    await tested.channel.updatePresence({ channelId: "5", status });
  }
  assertEquals(api.calls.map(({ method }) => method), ["getMe", "sendChatAction"]);
  assertEquals((await tested.channel.getIdentity("5")).displayName, "Ada Example");
  await assertRejects(() => tested.channel.getIdentity("404"), Error, "chat not found");
});

Deno.test("a wrong token is refused at once, and is in no error", async () => {
  await using api = await BotApi.open();
  const token = "123456:wrongSECRETwrong";
  const config = { token, api_root: api.url };
  const error = await assertRejects(() => testPlugin(plugin, { config }), Error);
  assertStringIncludes(error.message, "Unauthorized");
  assertEquals(error.message.includes("SECRET"), false);
});

Deno.test("health tells when Telegram cannot be reached, and when it can again", async () => {
  await using api = await BotApi.open();
  await using tested = await start(api);
  assertEquals((await tested.health()).status, "healthy");
  const messages = tested.channel.start()[Symbol.asyncIterator]();
  const next = messages.next();
  await api.until(({ isPolled }) => isPolled);
  api.fail("getUpdates", { type: "flood", seconds: 1 });
  let health = await tested.health();
  while (health.status === "healthy") {
    await tested.channel.getIdentity("5"); // Goes over the network, as does the news of the 429.
    health = await tested.health();
  }
  assertStringIncludes(health.message, "Too Many Requests");
  api.say("back");
  assertEquals((await next).value?.content, "back");
  assertEquals((await tested.health()).status, "healthy");
  await messages.return?.();
});
