// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { BotApi } from "../../examples/plugins/telegram/testdata/bot_api.ts";
import { layerCases } from "../../plugin/process/testdata/spawn_test_plugin.ts";
import { ExamplePlugin } from "./_example_plugin.ts";

const ANSWER = {
  channelId: "5",
  content: "**Hello** yourself",
  threadId: "",
  media: [],
  typingIndicator: false,
  replyToMessageId: "",
} as const;

for (const { name, layers, skip } of await layerCases()) {
  Deno.test({
    name: `telegram talks with Telegram and nobody else, with ${name}${skip && `: ${skip}`}`,
    ignore: skip !== "",
    fn: async () => {
      await using api = await BotApi.open();
      await using example = await ExamplePlugin.start("telegram", {
        config: { token: api.token, api_root: api.url },
        layers,
      });
      assertEquals(example.status.state, "running", example.status.lastError?.message);
      assertEquals(example.flags, [
        ...example.readFlags(),
        `--allow-net=${new URL(api.url).host}`,
      ]);
      api.say("Hello");
      for await (const { content } of example.channel.start()) {
        assertEquals(content, "Hello");
        break;
      }
      assertEquals(await example.channel.send(ANSWER), "2");
      assertEquals(api.sent, ["Hello yourself"]);
    },
  });
}

Deno.test("telegram loses nothing and repeats nothing when its process is killed", async () => {
  await using api = await BotApi.open();
  await using example = await ExamplePlugin.start("telegram", {
    config: { token: api.token, api_root: api.url },
  });
  const messages = example.channel.start()[Symbol.asyncIterator]();
  const contentOfNext = async () => (await messages.next()).value?.content;
  for (const text of ["one", "two", "three"]) api.say(text);
  assertEquals([await contentOfNext(), await contentOfNext(), await contentOfNext()], [
    "one",
    "two",
    "three",
  ]);
  await api.until(({ isPolled, unconfirmed }) => isPolled && unconfirmed.length === 0);
  example.processes[0]?.kill();
  await api.until(({ isPolled }) => !isPolled);
  api.say("four");
  assertEquals(await contentOfNext(), "four");
  assertEquals(example.processes.length, 2);
  await messages.return?.();
});

Deno.test({
  name: "the token of telegram is in no argument, no environment and no log",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using api = await BotApi.open();
    await using example = await ExamplePlugin.start("telegram", {
      config: { token: api.token, api_root: api.url },
    });
    for (const file of ["cmdline", "environ"]) {
      const text = await Deno.readTextFile(`/proc/${example.status.pid}/${file}`);
      assertEquals(text.includes(api.token), false, file);
    }
    const log = JSON.stringify(example.manager.logs("telegram", { limit: 1000 }));
    assertEquals(log.includes(api.token), false);
  },
});

Deno.test("telegram with a wrong token does not start", async () => {
  await using api = await BotApi.open();
  const config = { token: "123456:wrongSECRETwrong", api_root: api.url };
  await using example = await ExamplePlugin.start("telegram", { config });
  assertEquals(example.status.state, "error");
  assertEquals(example.status.lastError?.message.includes("Unauthorized"), true);
  assertEquals(JSON.stringify(example.status).includes("SECRET"), false);
});
