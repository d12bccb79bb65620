// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../errors.ts";
import { openSessionStore } from "./session_store.ts";

const SESSION = { id: "sess-1", workspaceId: "ws-1", userId: "usr-1", status: "active" } as const;

Deno.test("session store CRUD", async () => {
  await using store = await openSessionStore(":memory:");
  const createdAt = new Date();
  await store.createSession({ ...SESSION, createdAt, updatedAt: createdAt });

  const created = await store.getSession("sess-1");
  assertEquals(
    {
      id: created.id,
      workspaceId: created.workspaceId,
      userId: created.userId,
      status: created.status,
    },
    SESSION,
  );

  await store.updateSession({ ...SESSION, status: "paused", summary: "Updated summary" });
  const updated = await store.getSession("sess-1");
  assertEquals(updated.status, "paused");
  assertEquals(updated.summary, "Updated summary");

  assertEquals((await store.listSessions("ws-1")).length, 1);

  await store.deleteSession("sess-1");
  await assertRejects(() => store.getSession("sess-1"), StoreError);
});

Deno.test("session store active window", async () => {
  await using store = await openSessionStore(":memory:");
  await store.createSession(SESSION);
  for (let index = 0; index < 5; index++) {
    await store.appendMessage("sess-1", {
      id: `msg-${index}`,
      sessionId: "sess-1",
      role: "user",
      content: `Message ${index}`,
      createdAt: new Date(Date.now() + index * 1000),
    });
  }
  const window = await store.getActiveWindow("sess-1", 3);
  assertEquals(window.length, 3);
  assertEquals(window[0]?.content, "Message 2");
  assertEquals(window[2]?.content, "Message 4");
});

Deno.test("session store get non existent", async () => {
  await using store = await openSessionStore(":memory:");
  const error = await assertRejects(() => store.getSession("nonexistent"), StoreError);
  assertEquals(error.code, "not_found");
  assertEquals(error.message, 'Cannot get session "nonexistent": no session has that id');
});

Deno.test({
  name: "openSessionStore() needs no permission for :memory:",
  permissions: "none",
  fn: async () => {
    await using store = await openSessionStore(":memory:");
    await store.createSession(SESSION);
    assertEquals((await store.getSession("sess-1")).id, "sess-1");
  },
});
