// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../errors.ts";
import fc from "fast-check";
import { openSessionStore as openInmemSessionStore } from "../inmem/mod.ts";
import type { SessionStore } from "../session_store.ts";
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

Deno.test("appendMessage() finds a session by its id, not by what another has left of it", async (t) => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/sessions.db`;
  await using store = await openSessionStore(path);
  await using other = await openSessionStore(path);
  const message = (id: string) => ({ id, role: "user", content: id }) as const;
  // SQLite gives a new session the number of the last one, if that was deleted.
  for (const [who, deleting] of [["itself", store], ["another connection", other]] as const) {
    await t.step(`deleted by ${who}`, async () => {
      await store.createSession({ ...SESSION, id: "old" });
      const early = Array.from(
        { length: 4 },
        (_, n) => store.appendMessage("old", message(`m${n}`)),
      );
      await Promise.all(early);
      await deleting.deleteSession("old");
      await deleting.createSession({ ...SESSION, id: "new" });
      const late = Array.from(
        { length: 20 },
        (_, n) => store.appendMessage("old", message(`${n}`)),
      );
      for (const append of late) {
        assertEquals((await assertRejects(() => append, StoreError)).code, "not_found");
      }
      assertEquals(await store.countMessages("new"), 0);
      await deleting.deleteSession("new");
    });
  }
  await Deno.remove(directory, { recursive: true });
});

/** Something done to a session, by one of two stores on the same file. */
interface Step {
  readonly by: 0 | 1;
  readonly sessionId: string;
  readonly what: "append" | "delete" | "change" | "update" | "remove" | "read";
  readonly number: number;
  /** Whether the next step does not wait for this one. */
  readonly inHaste: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  by: fc.constantFrom(0, 0, 0, 0, 0, 1),
  sessionId: fc.constantFrom("s1", "s1", "s1", "s2"),
  what: fc.constantFrom(
    ...["append", "append", "append", "read", "read", "read"] as const,
    ...["delete", "change", "update", "remove"] as const,
  ),
  number: fc.nat(20),
  inHaste: fc.boolean(),
});

/** Takes a step, and gives what it gave, or the code of its failure. */
async function take(store: SessionStore, { sessionId, what, number }: Step): Promise<unknown> {
  const session = { id: sessionId, workspaceId: "w", userId: "u", createdAt: new Date(0) };
  try {
    switch (what) {
      case "append": {
        const createdAt = new Date(number);
        const id = `${sessionId}-${number}`;
        const metadata = { number: `${number}` };
        const message = {
          id,
          role: "user",
          content: `said ${number}`,
          createdAt,
          metadata,
        } as const;
        return await store.appendMessage(sessionId, message);
      }
      case "delete":
        return await store.deleteMessages(sessionId, [`${sessionId}-${number}`]);
      case "change":
        return await store.changeSession(sessionId, ({ summary }) => ({
          summary: `${summary}${number}`,
          updatedAt: new Date(number),
        }));
      case "update":
        return await store.updateSession({ ...session, updatedAt: new Date(number) });
      case "remove":
        await store.deleteSession(sessionId);
        return await store.createSession({ ...session, updatedAt: new Date(number) });
      case "read":
        return await look(store, sessionId, number);
    }
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
}

async function look(store: SessionStore, sessionId: string, limit: number): Promise<unknown> {
  return {
    session: await store.getSession(sessionId),
    window: await store.getActiveWindow(sessionId, limit),
    count: await store.countMessages(sessionId),
  };
}

Deno.test("two stores on one file give what is in it, whatever either has read before", async () => {
  const directory = await Deno.makeTempDir();
  let files = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const path = `${directory}/${files++}.db`;
      await using first = await openSessionStore(path);
      await using second = await openSessionStore(path);
      await using model = await openInmemSessionStore();
      const stores = [first, second] as const;
      for (const id of ["s1", "s2"]) {
        const session = { id, workspaceId: "w", userId: "u", createdAt: new Date(0) };
        await first.createSession({ ...session, updatedAt: new Date(0) });
        await model.createSession({ ...session, updatedAt: new Date(0) });
      }
      let waiting: Promise<void>[] = [];
      for (const [index, taken] of steps.entries()) {
        // Only what one store was asked for has an order, and what takes one call.
        const isOrdered = steps[index + 1]?.by === taken.by &&
          taken.what !== "remove" && taken.what !== "read";
        const expected = await take(model, taken);
        const given = take(stores[taken.by], taken);
        waiting.push(given.then((value) => assertEquals(value, expected)));
        if (taken.inHaste && isOrdered) continue;
        await Promise.all(waiting);
        waiting = [];
      }
      for (const id of ["s1", "s2"]) {
        for (const store of stores) {
          assertEquals(await look(store, id, 20), await look(model, id, 20));
        }
      }
    }),
    { numRuns: 200 },
  );
  await Deno.remove(directory, { recursive: true });
});
