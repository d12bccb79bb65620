// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import type { MessageInput } from "../message.ts";
import type { SessionInput, SessionStore } from "../session_store.ts";
import {
  type Case,
  type ConformanceOptions,
  HARD_TEXTS,
  hour,
  HUGE_ID,
  ids,
  registerSuite,
  rejectsWith,
  type ReopenCase,
  UNSTORABLE_TEXTS,
} from "./_suite.ts";

/**
 * Tests that a backend keeps the promises of {@linkcode SessionStore}.
 *
 * @example Usage
 * ```ts ignore
 * import { testSessionStore } from "@sigil/store/conformance";
 * import { openSessionStore } from "@sigil/store/inmem";
 *
 * testSessionStore("inmem", { open: openSessionStore });
 * ```
 */
export function testSessionStore(backend: string, options: ConformanceOptions<SessionStore>): void {
  registerSuite(`${backend} session store`, options, CASES, REOPEN_CASES);
}

const SESSION: SessionInput = {
  id: "s1",
  workspaceId: "w1",
  userId: "u1",
  createdAt: hour(0),
  updatedAt: hour(0),
};

function message(id: string, content = id, createdAt = hour(1)): MessageInput {
  return { id, role: "user", content, createdAt };
}

const CASES: readonly Case<SessionStore>[] = [
  {
    name: "creates, gives, updates, lists and deletes a session",
    async run(store) {
      await store.createSession(SESSION);
      assert.equal((await store.getSession("s1")).status, "active");
      await store.updateSession({ ...SESSION, status: "paused", summary: "Updated summary" });
      const updated = await store.getSession("s1");
      assert.equal(updated.status, "paused");
      assert.equal(updated.summary, "Updated summary");
      assert.deepEqual(ids(await store.listSessions("w1")), ["s1"]);
      await store.deleteSession("s1");
      await rejectsWith("not_found", store.getSession("s1"));
    },
  },
  {
    name: "changes fields of a session as they are stored at that moment",
    async run(store) {
      await store.createSession({ ...SESSION, summary: "kept" });
      const count = () =>
        store.changeSession("s1", ({ toolBudget }) => ({
          toolBudget: { ...toolBudget, used: toolBudget.used + 1 },
          updatedAt: hour(4),
        }));
      await Promise.all([count(), count(), count()]);
      const { toolBudget, summary, createdAt, updatedAt } = await store.getSession("s1");
      assert.equal(toolBudget.used, 3);
      assert.equal(summary, "kept");
      assert.deepEqual([createdAt, updatedAt], [hour(0), hour(4)]);
    },
  },
  {
    name: "refuses a change that cannot be, and keeps the session as it was",
    async run(store) {
      await store.createSession(SESSION);
      const session = await store.getSession("s1");
      await rejectsWith("not_found", store.changeSession("nobody", () => ({})));
      const odd = () => ({ status: "odd" }) as unknown as Partial<typeof session>;
      await rejectsWith("invalid_input", store.changeSession("s1", odd));
      const other = () => ({ userId: "u2" }) as Partial<typeof session>;
      await rejectsWith("conflict", store.changeSession("s1", other));
      const failing = store.changeSession("s1", () => {
        throw new RangeError("no change");
      });
      await assert.rejects(failing, new RangeError("no change"));
      assert.deepEqual(await store.getSession("s1"), session);
    },
  },
  {
    name: "gives back every field of a session",
    async run(store) {
      const session = {
        ...SESSION,
        summary: "so far",
        lastCompaction: hour(2),
        modelOverride: "local/recall",
        toolBudget: { maxCallsPerTurn: 1, maxCallsPerSession: 2, used: 3 },
        tokenBudget: {
          maxPerSession: 4,
          maxPerHour: 5,
          maxPerDay: 6,
          usedSession: 7,
          usedHour: 8,
          usedDay: 9,
        },
        status: "archived",
        createdAt: hour(0),
        updatedAt: hour(3),
      } as const;
      await store.createSession(session);
      assert.deepEqual(await store.getSession("s1"), session);
    },
  },
  {
    name: "fills in what is left out of a session",
    async run(store) {
      await store.createSession({
        id: "s1",
        workspaceId: "w1",
        userId: "u1",
        toolBudget: { used: 1 },
      });
      const session = await store.getSession("s1");
      assert.equal(session.summary, "");
      assert.equal(session.lastCompaction, null);
      assert.deepEqual(session.toolBudget, { maxCallsPerTurn: 0, maxCallsPerSession: 0, used: 1 });
      assert.equal(session.updatedAt.getTime(), session.createdAt.getTime());
    },
  },
  {
    name: "keeps createdAt on update and refuses another workspace or user",
    async run(store) {
      await store.createSession(SESSION);
      await store.updateSession({ ...SESSION, createdAt: hour(9), updatedAt: hour(9) });
      assert.deepEqual((await store.getSession("s1")).createdAt, hour(0));
      await rejectsWith("conflict", store.updateSession({ ...SESSION, workspaceId: "w2" }));
      await rejectsWith("conflict", store.updateSession({ ...SESSION, userId: "u2" }));
      await rejectsWith("not_found", store.updateSession({ ...SESSION, id: "nobody" }));
    },
  },
  {
    name: "refuses a session id that is taken, and keeps the first",
    async run(store) {
      await store.createSession({ ...SESSION, summary: "first" });
      await rejectsWith("conflict", store.createSession({ ...SESSION, summary: "second" }));
      assert.equal((await store.getSession("s1")).summary, "first");
    },
  },
  {
    name: "lists the most recently updated first, ties by id, in pages, one workspace at a time",
    async run(store) {
      for (const [id, hours] of [["b", 1], ["a", 1], ["c", 2], ["d", 0]] as const) {
        await store.createSession({ ...SESSION, id, updatedAt: hour(hours) });
      }
      await store.createSession({ ...SESSION, id: "other", workspaceId: "w2" });
      assert.deepEqual(ids(await store.listSessions("w1")), ["c", "a", "b", "d"]);
      assert.deepEqual(ids(await store.listSessions("w1", { limit: 2, offset: 1 })), ["a", "b"]);
      assert.deepEqual(ids(await store.listSessions("w1", { limit: 0 })), ["c", "a", "b", "d"]);
      assert.deepEqual(ids(await store.listSessions("w1", { offset: 9 })), []);
      assert.deepEqual(ids(await store.listSessions("nowhere")), []);
    },
  },
  {
    name: "gives the newest messages of a window, oldest first",
    async run(store) {
      await store.createSession(SESSION);
      for (let index = 0; index < 5; index++) {
        await store.appendMessage("s1", message(`m${index}`, `Message ${index}`, hour(index)));
      }
      const window = await store.getActiveWindow("s1", 3);
      assert.deepEqual(window.map(({ content }) => content), [
        "Message 2",
        "Message 3",
        "Message 4",
      ]);
      assert.deepEqual(ids(await store.getActiveWindow("s1", 0)), []);
      assert.equal((await store.getActiveWindow("s1", 10_000)).length, 5);
    },
  },
  {
    name: "orders a window by moment, ties by the order of appending",
    async run(store) {
      await store.createSession(SESSION);
      for (const [id, hours] of [["z", 5], ["y", 5], ["late", 1], ["x", 5]] as const) {
        await store.appendMessage("s1", message(id, id, hour(hours)));
      }
      assert.deepEqual(ids(await store.getActiveWindow("s1", 10)), ["late", "z", "y", "x"]);
      assert.deepEqual(ids(await store.getActiveWindow("s1", 2)), ["y", "x"]);
    },
  },
  {
    name: "keeps the order of messages appended at once",
    async run(store) {
      await store.createSession(SESSION);
      const wanted = Array.from({ length: 300 }, (_, index) => `m${index}`);
      await Promise.all(wanted.map((id) => store.appendMessage("s1", message(id))));
      assert.deepEqual(ids(await store.getActiveWindow("s1", 300)), wanted);
    },
  },
  {
    name: "gives back every field of a message",
    async run(store) {
      await store.createSession(SESSION);
      const full = {
        id: "m1",
        sessionId: "s1",
        role: "tool",
        content: "42",
        toolCallId: "call-1",
        toolName: "calculator",
        createdAt: new Date(1_700_000_000_123),
        metadata: { "key": "value", "__proto__x": "1", "": "empty", "nul": "a\0b" },
      } as const;
      await store.appendMessage("s1", full);
      assert.deepEqual(await store.getActiveWindow("s1", 1), [full]);
    },
  },
  {
    name: "gives back hard texts as they were",
    async run(store) {
      await store.createSession(SESSION);
      for (const [index, text] of HARD_TEXTS.entries()) {
        await store.appendMessage("s1", message(`m${index}`, text));
      }
      const window = await store.getActiveWindow("s1", 100);
      assert.deepEqual(window.map(({ content }) => content), HARD_TEXTS);
    },
  },
  {
    name: "keeps a text of 10 MB",
    async run(store) {
      await store.createSession(SESSION);
      const text = "0123456789abcde€".repeat(600_000);
      await store.appendMessage("s1", message("big", text));
      assert.ok((await store.getActiveWindow("s1", 1))[0]?.content === text);
    },
  },
  {
    name: "refuses texts that would be cut or changed, and keeps what was there",
    async run(store) {
      await store.createSession(SESSION);
      await store.appendMessage("s1", message("good"));
      for (const text of UNSTORABLE_TEXTS) {
        await rejectsWith("invalid_input", store.appendMessage("s1", message("bad", text)));
        await rejectsWith("invalid_input", store.createSession({ ...SESSION, id: text }));
      }
      assert.deepEqual(ids(await store.getActiveWindow("s1", 10)), ["good"]);
    },
  },
  {
    name: "refuses malformed arguments",
    async run(store) {
      await store.createSession(SESSION);
      const bad = (value: unknown) => value as never;
      for (
        const call of [
          () => store.createSession({ ...SESSION, id: "" }),
          () => store.createSession({ ...SESSION, id: HUGE_ID }),
          () => store.createSession({ ...SESSION, id: "x", status: bad("asleep") }),
          () => store.createSession({ ...SESSION, id: "x", createdAt: new Date(NaN) }),
          () => store.createSession({ ...SESSION, id: "x", tokenBudget: { maxPerDay: -1 } }),
          () => store.createSession({ ...SESSION, id: "x", toolBudget: { used: 1.5 } }),
          () => store.appendMessage("s1", { ...message("x"), role: bad("robot") }),
          () => store.appendMessage("s1", { ...message("x"), content: bad(42) }),
          () => store.appendMessage("s1", { ...message("x"), metadata: bad({ a: 1 }) }),
          () => store.appendMessage("s1", { ...message("x"), sessionId: "s2" }),
          () => store.getActiveWindow("s1", -1),
          () => store.getActiveWindow("s1", 1.5),
          () => store.getActiveWindow("s1", Infinity),
          () => store.getActiveWindow("s1", 10_001),
          () => store.listSessions("w1", { limit: -1 }),
          () => store.listSessions("w1", { offset: NaN }),
          () => store.getSession(bad(undefined)),
          () => store.deleteMessages("s1", bad("m1")),
        ]
      ) await rejectsWith("invalid_input", call());
      assert.equal(await store.countMessages("s1"), 0);
    },
  },
  {
    name: "names a huge id in an error without repeating it",
    async run(store) {
      const error = await rejectsWith("invalid_input", store.getSession(HUGE_ID));
      assert.ok(error.message.length < 400);
      assert.ok((error.subject?.length ?? 0) < 400);
    },
  },
  {
    name: "refuses a message for no session, and a message id that is taken",
    async run(store) {
      await store.createSession(SESSION);
      await store.createSession({ ...SESSION, id: "s2" });
      await rejectsWith("not_found", store.appendMessage("nobody", message("m1")));
      await store.appendMessage("s1", message("m1", "first"));
      await rejectsWith("conflict", store.appendMessage("s1", message("m1", "second")));
      await rejectsWith("conflict", store.appendMessage("s2", message("m1", "third")));
      assert.deepEqual((await store.getActiveWindow("s1", 9)).map(({ content }) => content), [
        "first",
      ]);
    },
  },
  {
    name: "rejects only the failing ones of many writes at once",
    async run(store) {
      await store.createSession(SESSION);
      const settled = await Promise.allSettled([
        store.appendMessage("s1", message("a")),
        store.appendMessage("s1", message("a")),
        store.appendMessage("nobody", message("b")),
        store.appendMessage("s1", message("c")),
      ]);
      assert.deepEqual(settled.map(({ status }) => status), [
        "fulfilled",
        "rejected",
        "rejected",
        "fulfilled",
      ]);
      assert.deepEqual(ids(await store.getActiveWindow("s1", 9)), ["a", "c"]);
    },
  },
  {
    name: "keeps all but the failing ones of very many appended at once, in their order",
    async run(store) {
      for (const id of ["s1", "s2"]) await store.createSession({ ...SESSION, id });
      await store.appendMessage("s2", message("taken"));
      const names = Array.from({ length: 300 }, (_, index) => `m${index}`);
      const appends = names.map((id, index) => {
        if (index === 70) return store.appendMessage("s1", message("taken"));
        if (index === 150) return store.appendMessage("nobody", message(id));
        return store.appendMessage(index % 2 === 0 ? "s1" : "s2", message(id));
      });
      const settled = await Promise.allSettled(appends);
      const failed = settled.flatMap(({ status }, index) => status === "rejected" ? [index] : []);
      assert.deepEqual(failed, [70, 150]);
      await rejectsWith("conflict", appends[70]!);
      await rejectsWith("not_found", appends[150]!);
      const wanted = (parity: number) =>
        names.filter((_, index) => index % 2 === parity && !failed.includes(index));
      assert.deepEqual(ids(await store.getActiveWindow("s1", 300)), wanted(0));
      assert.deepEqual(ids(await store.getActiveWindow("s2", 300)), ["taken", ...wanted(1)]);
    },
  },
  {
    name: "shows a write that is not awaited to the read after it",
    async run(store) {
      await store.createSession(SESSION);
      const pending = store.appendMessage("s1", message("m1"));
      assert.deepEqual(ids(await store.getActiveWindow("s1", 9)), ["m1"]);
      await pending;
    },
  },
  {
    name: "removes exactly the messages named, and only of that session",
    async run(store) {
      await store.createSession(SESSION);
      await store.createSession({ ...SESSION, id: "s2" });
      for (const id of ["a", "b", "c"]) await store.appendMessage("s1", message(id));
      await store.appendMessage("s2", message("d"));
      assert.equal(await store.deleteMessages("s1", ["a", "c", "c", "d", "nobody"]), 2);
      assert.deepEqual(ids(await store.getActiveWindow("s1", 9)), ["b"]);
      assert.deepEqual(ids(await store.getActiveWindow("s2", 9)), ["d"]);
      assert.equal(await store.deleteMessages("nobody", ["b"]), 0);
      await store.appendMessage("s1", message("a", "again"));
      assert.equal(await store.countMessages("s1"), 2);
    },
  },
  {
    name: "deletes a session with its messages, whose ids are free again",
    async run(store) {
      await store.createSession(SESSION);
      await store.appendMessage("s1", message("m1"));
      await store.deleteSession("s1");
      await rejectsWith("not_found", store.deleteSession("s1"));
      assert.deepEqual(await store.getActiveWindow("s1", 9), []);
      await store.createSession(SESSION);
      assert.equal(await store.countMessages("s1"), 0);
      await store.appendMessage("s1", message("m1"));
    },
  },
  {
    name: "does not change when what was handed in or given back is changed",
    async run(store) {
      const metadata: Record<string, string> = { a: "1" };
      const createdAt = hour(1);
      await store.createSession(SESSION);
      await store.appendMessage("s1", {
        id: "m1",
        role: "user",
        content: "x",
        createdAt,
        metadata,
      });
      metadata["a"] = "2";
      createdAt.setTime(0);
      const [first] = await store.getActiveWindow("s1", 1);
      Object.assign(first?.metadata ?? {}, { a: "3" });
      const [second] = await store.getActiveWindow("s1", 1);
      assert.deepEqual(second?.metadata, { a: "1" });
      assert.deepEqual(second?.createdAt, hour(1));
    },
  },
  {
    name: "gives up with the signal's reason, and writes nothing",
    async run(store) {
      await store.createSession(SESSION);
      const reason = new Error("changed my mind");
      const signal = AbortSignal.abort(reason);
      await assert.rejects(store.appendMessage("s1", message("m1"), { signal }), reason);
      await assert.rejects(store.getSession("s1", { signal }), reason);
      await assert.rejects(store.getActiveWindow("s1", 1, { signal }), reason);
      assert.equal(await store.countMessages("s1"), 0);
    },
  },
  {
    name: "refuses everything once closed, and closes twice",
    async run(store) {
      await store.createSession(SESSION);
      const pending = store.appendMessage("s1", message("m1"));
      await store.close();
      await store.close();
      await pending;
      await rejectsWith("closed", store.getSession("s1"));
      await rejectsWith("closed", store.appendMessage("s1", message("m2")));
    },
  },
];

const REOPEN_CASES: readonly ReopenCase<SessionStore>[] = [
  {
    name: "finds sessions and messages after reopening",
    async before(store) {
      await store.createSession({ ...SESSION, summary: "kept" });
      await store.appendMessage("s1", message("m1", "first"));
      await store.appendMessage("s1", message("m2", "second"));
    },
    async after(store) {
      assert.equal((await store.getSession("s1")).summary, "kept");
      const window = await store.getActiveWindow("s1", 9);
      assert.deepEqual(window.map(({ content }) => content), ["first", "second"]);
      await rejectsWith("conflict", store.appendMessage("s1", message("m1")));
    },
  },
];
