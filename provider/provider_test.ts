// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertNotEquals } from "@std/assert";
import {
  type ChatEvent,
  type ChatRequest,
  createRouter,
  type Provider,
  type Router,
} from "./mod.ts";
import { openLocalProvider } from "./local/mod.ts";

Deno.test("provider interface exists", async () => {
  await using provider: Provider = openLocalProvider();
  assertEquals(provider.name, "local");
});

Deno.test("router interface exists", async () => {
  await using router: Router = createRouter({ default: "local/recall" });
  router.registerProvider("local", openLocalProvider());
  assertEquals((await router.route("home", "")).model, "recall");
});

Deno.test("chat request fields", () => {
  const request: ChatRequest = { model: "claude-sonnet-4-5", messages: [] };
  assertNotEquals(request.model, "");
});

Deno.test("chat event types", () => {
  const events: readonly ChatEvent[] = [
    { type: "text_delta", text: "test" },
    { type: "tool_call", toolCall: { id: "call-1", name: "search", arguments: "{}" } },
    { type: "done", finishReason: "stop" },
  ];
  assertEquals(events.map(({ type }) => type), ["text_delta", "tool_call", "done"]);
});
