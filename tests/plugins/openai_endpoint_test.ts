// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { Endpoint, streamed } from "../../examples/plugins/openai_endpoint/testdata/endpoint.ts";
import { layerCases } from "../../plugin/process/testdata/spawn_test_plugin.ts";
import { ExamplePlugin } from "./_example_plugin.ts";

const HELLO = {
  model: "small",
  messages: [{ role: "user", content: "Hello" }],
  tools: [],
  systemPrompt: "",
  options: {},
} as const;

for (const { name, layers, skip } of await layerCases()) {
  Deno.test({
    name: `openai-endpoint streams to a router, with ${name}${skip && `: ${skip}`}`,
    ignore: skip !== "",
    fn: async () => {
      await using endpoint = new Endpoint();
      await using example = await ExamplePlugin.start("openai_endpoint", {
        config: { base_url: endpoint.url, api_key: "k" },
        layers,
      });
      assertEquals(example.status.state, "running", example.status.lastError?.message);
      assertEquals(example.flags, [
        ...example.readFlags(),
        `--allow-net=${new URL(endpoint.url).host}`,
      ]);
      const { provider } = example;
      assertEquals((await provider.listModels()).map(({ id }) => id), ["small", "large"]);
      endpoint.answers.push(streamed(
        { choices: [{ delta: { content: "Hi" } }] },
        { choices: [], usage: { prompt_tokens: 3, completion_tokens: 1 } },
      ));
      const events = await Array.fromAsync(provider.chat(HELLO));
      assertEquals(events.map(({ type }) => type), ["text_delta", "usage", "done"]);
      assertEquals(endpoint.asked.map(({ key }) => key), ["k", "k"]);
    },
  });
}

Deno.test("leaving a chat ends the request that the process made", async () => {
  await using endpoint = new Endpoint();
  await using example = await ExamplePlugin.start("openai_endpoint", {
    config: { base_url: endpoint.url },
  });
  endpoint.answers.push(endpoint.endless({ choices: [{ delta: { content: "One" } }] }));
  for await (const event of example.provider.chat(HELLO)) {
    assertEquals(event, { type: "text_delta", text: "One" });
    break;
  }
  await endpoint.left;
});
