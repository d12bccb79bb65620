// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { TurnEvent, TurnRequest } from "@sigil/agent";
import { type ConfigInput, makeConfig } from "@sigil/config";
import { PluginError } from "@sigil/plugin";
import type { GatewayStore } from "@sigil/store";
import { openGatewayStore } from "@sigil/store/inmem";
import { FakeClock } from "../../tests/gateway/_fake_clock.ts";
import { ScriptedAgent } from "../../tests/gateway/_scripted.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { LiveConfig } from "../live_config.ts";
import type { Logger } from "../logger.ts";
import { Metrics } from "../metrics.ts";
import { Recorder } from "../recorder.ts";
import { Channels } from "./channels.ts";
import { PairingCodes } from "./pairing_codes.ts";
import { MemoryChannel } from "./testdata/memory_channel.ts";

type Script = (request: TurnRequest, signal: AbortSignal) => AsyncIterable<TurnEvent>;

interface Setting extends AsyncDisposable {
  readonly channel: MemoryChannel;
  readonly channels: Channels;
  readonly agent: ScriptedAgent;
  readonly clock: FakeClock;
  readonly live: LiveConfig;
  readonly store: GatewayStore;
  readonly logged: string[];
  readonly present: MemoryChannel[];
  readonly metrics: Metrics;
}

interface SettingOptions {
  readonly script?: Script;
  readonly config?: ConfigInput;
  readonly settings?: Readonly<Record<string, unknown>>;
}

const OPEN: ConfigInput = { plugins: { chat: {} }, channels: { chat: { pairing: "open" } } };

async function openSetting(options: SettingOptions = {}): Promise<Setting> {
  const store = await openGatewayStore();
  const clock = new FakeClock();
  const agent = new ScriptedAgent(options.script ?? says("Good day"));
  const channel = new MemoryChannel();
  const live = new LiveConfig(makeConfig(options.config ?? OPEN));
  const logged: string[] = [];
  const log = (message: string) => void logged.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const present = [channel];
  const metrics = new Metrics();
  const channels = new Channels({
    ...{ agent, store, live, clock, logger, metrics, limits: DEFAULT_LIMITS },
    codes: new PairingCodes(clock),
    recorder: new Recorder(store.auditLog, clock, logger),
    channels: () => present,
    setting: (_plugin, key) => options.settings?.[key],
  });
  await channels.update();
  return {
    ...{ channel, channels, agent, clock, live, store, logged, present, metrics },
    async [Symbol.asyncDispose]() {
      await channels[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

function says(...texts: readonly string[]): Script {
  return async function* ({ sessionId = "" }) {
    yield { type: "started", sessionId, messageId: "u1", model: "scripted/echo" };
    for (const text of texts) yield { type: "text_delta", text };
    yield { type: "done", messageId: "a1", content: texts.join("") };
  };
}

Deno.test("Channels answers what is said on a channel", async (t) => {
  await using setting = await openSetting();
  const { channel, agent } = setting;
  channel.say("Hello", { threadId: "t1" });
  assertEquals(await channel.texts(1), ["Good day"]);
  await t.step("where it was said", () => {
    const { channelId, threadId, replyToMessageId } = channel.sent[0] ?? {};
    assertEquals([channelId, threadId, replyToMessageId], ["room", "t1", "m1"]);
  });
  await t.step("as a turn of its sender", () => {
    const [request] = agent.asked;
    assertEquals([request?.workspaceId, request?.content], ["default", "Hello"]);
    assertEquals(request?.metadata, { channel: "chat", channel_message: "m1", thread: "t1" });
  });
  await t.step("with a note for each file", async () => {
    const media = [{ url: "https://e.org/a", mimeType: "image/png", filename: "cat.png" }];
    channel.say("", { media });
    await channel.texts(2);
    assertEquals(agent.asked[1]?.content, "[file: cat.png]");
  });
  await t.step("and passes over what is empty", async () => {
    channel.say(" \0 ");
    channel.say("Still there?");
    await channel.texts(3);
    assertEquals(agent.asked.length, 3);
  });
});

Deno.test("Channels counts answers, as those over HTTP are counted", async () => {
  const [heard, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const script: Script = async function* (request) {
    if (request.content === "Fail") {
      yield { type: "error", code: "overloaded", message: "Not now" };
      return;
    }
    if (request.content === "Break") throw new Error("bug");
    const usage = { inputTokens: 7, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 };
    yield { type: "usage", usage };
    heard.resolve();
    await going.promise;
    yield* says("Done")(request, new AbortController().signal);
  };
  await using setting = await openSetting({ script });
  const { channel, metrics } = setting;
  channel.say("Fail");
  await channel.texts(1);
  channel.say("Break");
  await channel.texts(2);
  channel.say("Hello");
  await heard.promise;
  assertMatch(metrics.toText(), /^sigil_answers_open 1$/m);
  going.resolve();
  await channel.texts(3);
  const text = metrics.toText();
  for (const result of ["overloaded", "internal", "ok"]) {
    assertMatch(text, new RegExp(`^sigil_answers_total\\{result="${result}"\\} 1$`, "m"));
  }
  assertMatch(text, /^sigil_tokens_total\{direction="in"\} 7$/m);
  assertMatch(text, /^sigil_tokens_total\{direction="out"\} 2$/m);
});

Deno.test("Channels shows typing while an answer is written, and again every four seconds", async () => {
  const going = Promise.withResolvers<void>();
  const script: Script = async function* (request) {
    await going.promise;
    yield* says("Done")(request, new AbortController().signal);
  };
  await using setting = await openSetting({ script });
  const { channel, clock } = setting;
  channel.say("Hello");
  while (setting.agent.asked.length === 0) await tick();
  await tick();
  assertEquals(channel.presences, ["typing"]);
  clock.advance(4_000);
  await tick();
  assertEquals(channel.presences, ["typing", "typing"]);
  going.resolve();
  await channel.texts(1);
  clock.advance(60_000);
  assertEquals(channel.presences.length, 2);
});

Deno.test("Channels sends what is said before a tool runs, and what comes after", async () => {
  const script: Script = async function* ({ sessionId = "" }) {
    yield { type: "started", sessionId, messageId: "u1", model: "scripted/echo" };
    yield { type: "text_delta", text: "Let me look" };
    yield { type: "tool_call", id: "c1", name: "look", arguments: "{}" };
    yield { type: "tool_result", id: "c1", name: "look", content: "secret", isError: false };
    yield { type: "text_delta", text: "It is blue" };
    yield { type: "done", messageId: "a1", content: "It is blue" };
  };
  await using setting = await openSetting({ script });
  setting.channel.say("What colour?");
  assertEquals(await setting.channel.texts(2), ["Let me look", "It is blue"]);
});

Deno.test("Channels cuts and strips to what the channel can show", async () => {
  const script = says("**one** two three four five six");
  const short = { max_message_length: 16 };
  {
    await using setting = await openSetting({ script, settings: short });
    setting.channel.say("Count");
    assertEquals(await setting.channel.texts(2), ["one two three", "four five six"]);
    assertEquals(setting.channel.sent.map(({ replyToMessageId }) => replyToMessageId), ["m1", ""]);
  }
  await using setting = await openSetting({ script, settings: { supports_rich_text: true } });
  setting.channel.say("Count");
  assertEquals(await setting.channel.texts(1), ["**one** two three four five six"]);
});

Deno.test("Channels tells what went wrong with a turn", async (t) => {
  await t.step("in the agent's words", async () => {
    const script: Script = async function* () {
      yield { type: "error", code: "budget", message: "Cannot go on: the budget is used up" };
    };
    await using setting = await openSetting({ script });
    setting.channel.say("Hello");
    assertEquals(await setting.channel.texts(1), ["Cannot go on: the budget is used up"]);
  });
  await t.step("without its words when they are not made for people", async () => {
    // deno-lint-ignore require-yield -- it fails before it has anything to give
    const script: Script = async function* () {
      throw new Error("at line 3");
    };
    await using setting = await openSetting({ script });
    setting.channel.say("Hello");
    assertMatch((await setting.channel.texts(1))[0] ?? "", /^I could not answer that/);
  });
});

Deno.test("Channels sends again once a plugin that crashed is back", async () => {
  await using setting = await openSetting();
  const { channel, clock } = setting;
  channel.failures.push(new PluginError("crashed", 'Cannot use plugin "chat": its process ended'));
  channel.say("Hello");
  while (clock.pending < 2) await tick();
  clock.advance(1_000);
  assertEquals(await channel.texts(1), ["Good day"]);
});

Deno.test("Channels gives up what a platform refuses, and goes on", async () => {
  await using setting = await openSetting();
  setting.channel.failures.push(new PluginError("failed", "Cannot send: the chat is gone"));
  setting.channel.say("Hello");
  setting.channel.say("Hello again");
  assertEquals(await setting.channel.texts(1), ["Good day"]);
  assert(setting.logged.includes("answer not sent"));
});

Deno.test("Channels turns strangers away, and says so once", async () => {
  await using setting = await openSetting({ config: { plugins: { chat: {} }, channels: {} } });
  const { channel, store } = setting;
  for (const word of ["Hello", "Hello?", "Is anybody there?"]) channel.say(word);
  assertMatch((await channel.texts(1))[0] ?? "", /Send me the code/);
  channel.say("One more", { sender: { platform: "chat", platformUserId: "43" } });
  await channel.texts(2);
  const refused = await store.auditLog.query({ action: "channel.refused" });
  assertEquals(refused.map(({ actor }) => actor).toSorted(), ["chat:42", "chat:43"]);
  assertEquals(setting.agent.asked, []);
});

Deno.test("Channels stops with a channel that is disabled, and begins again", async () => {
  await using setting = await openSetting();
  const { channel, channels, live } = setting;
  live.replace(makeConfig({
    plugins: { chat: {} },
    channels: { chat: { pairing: "open", enabled: false } },
  }));
  await channels.update();
  channel.say("Is anybody there?");
  await tick();
  assertEquals(setting.agent.asked, []);
  live.replace(makeConfig(OPEN));
  await channels.update();
  assertEquals(await channel.texts(1), ["Good day"]);
});

Deno.test("Channels lets answers finish before it closes, but not for ever", async (t) => {
  await t.step("one that finishes", async () => {
    const going = Promise.withResolvers<void>();
    const script: Script = async function* (request) {
      await going.promise;
      yield* says("Done")(request, new AbortController().signal);
    };
    await using setting = await openSetting({ script });
    setting.channel.say("Hello");
    while (setting.agent.asked.length === 0) await tick();
    const closed = setting.channels[Symbol.asyncDispose]();
    await tick();
    going.resolve();
    await closed;
    assertEquals(await setting.channel.texts(1), ["Done"]);
  });
  await t.step("one that does not", async () => {
    // deno-lint-ignore require-yield -- it waits until it is stopped
    const script: Script = async function* (_request, signal) {
      await new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    };
    await using setting = await openSetting({ script });
    setting.channel.say("Hello");
    while (setting.agent.asked.length === 0) await tick();
    const closed = setting.channels[Symbol.asyncDispose]();
    await tick();
    setting.clock.advance(DEFAULT_LIMITS.drainMs);
    await closed;
    assertEquals(setting.channel.sent, []);
  });
});

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
