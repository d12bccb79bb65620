// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { MessageStore } from "../message_store.ts";
import { openMessageStore } from "./message_store.ts";

async function append(
  store: MessageStore,
  id: string,
  content: string,
  createdAt = new Date(),
): Promise<void> {
  await store.append("ws-1", { id, sessionId: "sess-1", role: "user", content, createdAt });
}

Deno.test("message store append and search", async () => {
  await using store = await openMessageStore(":memory:");
  await append(store, "msg-1", "The Kubernetes cluster is running smoothly");
  await append(store, "msg-2", "We need to update the Terraform configuration");
  await append(store, "msg-3", "The weather is nice today");

  const found = await store.search("ws-1", "Kubernetes", { limit: 10 });
  assertEquals(found.length, 1);
  assertStringIncludes(found[0]?.content ?? "", "Kubernetes");
  assertEquals(await store.search("ws-1", "Python", { limit: 10 }), []);
});

Deno.test("message store count", async () => {
  await using store = await openMessageStore(":memory:");
  for (let index = 0; index < 3; index++) await append(store, `msg-${index}`, `Message ${index}`);
  assertEquals(await store.count("ws-1"), 3);
});

Deno.test("message store trim", async () => {
  await using store = await openMessageStore(":memory:");
  for (let index = 0; index < 10; index++) {
    await append(store, `msg-${index}`, `Message ${index}`, new Date(Date.now() + index * 1000));
  }
  assertEquals(await store.trim("ws-1", 3), 7);
  assertEquals(await store.count("ws-1"), 3);
});

Deno.test("message store get range", async () => {
  await using store = await openMessageStore(":memory:");
  const hour = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours));
  for (let index = 0; index < 5; index++) {
    await append(store, `msg-${index}`, `Message ${index}`, hour(index));
  }
  const found = await store.getRange("ws-1", { from: hour(0), to: hour(3) });
  assertEquals(found.map(({ id }) => id), ["msg-0", "msg-1", "msg-2"]);
});
