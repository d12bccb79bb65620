// SPDX-License-Identifier: Apache-2.0

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertRejects,
} from "@std/assert";
import fc from "fast-check";
import { StoreError } from "../errors.ts";
import { openKnowledgeStore, openMemoryStore } from "../inmem/mod.ts";
import type { MemoryStore } from "../memory_store.ts";
import type { MessageInput } from "../message.ts";
import {
  openKnowledgeStore as openSqliteKnowledge,
  openMemoryStore as openSqliteMemory,
} from "../sqlite/mod.ts";
import { openRecall, type OpenRecallOptions } from "./open_recall.ts";
import type { Recall, RecallHit, RecallOptions, RecallParts } from "./recall.ts";
import { openInmemStorage } from "./recall_storage.ts";

const NOW = new Date("2026-02-18T12:00:00Z");
const NONE: RecallParts = {
  words: false,
  feedback: false,
  meaning: false,
  neighbours: false,
  dates: false,
  speakers: false,
  repeats: false,
};

/** A recall over a memory of its own. */
interface Fixture extends AsyncDisposable {
  readonly memory: MemoryStore;
  readonly recall: Recall;
  say(id: string, content: string, more?: Partial<MessageInput>): Promise<void>;
  find(query: string, options?: RecallOptions): Promise<readonly RecallHit[]>;
}

async function openFixture(
  options: OpenRecallOptions = {},
  openMemory: () => Promise<MemoryStore> = async () => openMemoryStore(await openKnowledgeStore()),
): Promise<Fixture> {
  const memory = await openMemory();
  const recall = await openRecall({ memory }, options);
  return {
    memory,
    recall,
    say: (id, content, more = {}) =>
      memory.messages.append("home", {
        id,
        role: "user",
        content,
        sessionId: "s1",
        createdAt: new Date("2026-02-01"),
        ...more,
      }),
    find: async (query, settings = {}) =>
      (await recall.recall("home", query, { now: NOW, ...settings })).hits,
    async [Symbol.asyncDispose]() {
      await recall.close();
      await memory.close();
    },
  };
}

const MEMORIES = {
  inmem: async () => openMemoryStore(await openKnowledgeStore()),
  sqlite: async () => await openSqliteMemory(":memory:", await openSqliteKnowledge(":memory:")),
};

for (const [backend, openMemory] of Object.entries(MEMORIES)) {
  Deno.test(`recall() finds messages, summaries and facts kept by ${backend}`, async () => {
    await using fixture = await openFixture({}, openMemory);
    const { memory, find, say } = fixture;
    await say("m1", "The plumber repaired the boiler");
    await say("m2", "We had soup", { sessionId: "s2" });
    const at = new Date("2026-01-01");
    await memory.summaries.store("home", {
      id: "u1",
      content: "They talked about the boiler",
      fromTime: at,
      toTime: at,
    });
    await memory.knowledge.putEntity("home", { id: "e1", type: "thing", name: "The boiler" });
    const fact = { id: "f1", entityId: "e1", predicate: "was_built_in", value: "1998" };
    await memory.knowledge.putFact("home", fact);
    const hits = await find("boilers");
    assertEquals(
      new Set(hits.map(({ kind, id }) => `${kind} ${id}`)),
      new Set(["message m1", "summary u1", "fact f1"]),
    );
    const byKind = Object.fromEntries(hits.map((hit) => [hit.kind, hit]));
    assert(
      byKind["message"]?.kind === "message" &&
        byKind["message"].message.content.includes("plumber"),
    );
    assert(
      byKind["summary"]?.kind === "summary" && byKind["summary"].summary.content.includes("talked"),
    );
    assert(byKind["fact"]?.kind === "fact" && byKind["fact"].fact.value === "1998");
    assertEquals((await find("boiler", { kinds: ["fact"] })).map(({ id }) => id), ["f1"]);
  });

  Deno.test(`recall() with ${backend} sees what was written, changed and deleted since`, async () => {
    await using fixture = await openFixture({}, openMemory);
    const { memory, find, say } = fixture;
    await say("m1", "The boiler is old");
    assertEquals(ids(await find("boiler")), ["m1"]);
    await say("m0", "A boiler was here before", { createdAt: new Date("2020-01-01") });
    assertEquals(ids(await find("boiler")).sort(), ["m0", "m1"]);
    await memory.messages.deleteByIds("home", ["m1"]);
    assertEquals(ids(await find("boiler")), ["m0"]);
    const span = { fromTime: NOW, toTime: NOW };
    await memory.summaries.store("home", { id: "u1", content: "a boiler", ...span });
    assertEquals(ids(await find("boiler")).sort(), ["m0", "u1"]);
    await memory.summaries.store("home", { id: "u1", content: "a kettle", ...span });
    assertEquals(ids(await find("boiler")), ["m0"]);
    await memory.summaries.deleteByIds("home", ["u1"]);
    assertEquals(await find("kettle"), []);
  });
}

Deno.test("recall() finds many messages of one moment", async () => {
  await using fixture = await openFixture();
  await Promise.all(
    Array.from({ length: 2500 }, (_, i) => fixture.say(`m${i}`, `word${i} same moment`)),
  );
  assertEquals(ids(await fixture.find("word2499", { limit: 1 })), ["m2499"]);
  await fixture.say("late", "one more of that moment");
  assertEquals(ids(await fixture.find("one more", { limit: 1 })), ["late"]);
  assertEquals(fixture.recall.status("home").documents, 2501);
});

Deno.test("recall() holds no more messages than asked, and finds the others by words", async () => {
  await using fixture = await openFixture({ maxMessages: 10 });
  for (let i = 0; i < 30; i++) {
    await fixture.say(`m${i}`, `turn number word${i}`, { createdAt: new Date(1e12 + i) });
  }
  assertEquals(ids(await fixture.find("word0")), ["m0"]);
  assertEquals(fixture.recall.status("home").documents, 10);
  await fixture.say("m30", "turn number word30", { createdAt: new Date(1e12 + 30) });
  assertEquals(ids(await fixture.find("word30"))[0], "m30");
});

Deno.test("recall() explains each hit: its shares add up to its score", async () => {
  await using fixture = await openFixture();
  await tellStory(fixture);
  await fixture.recall.prepare("home");
  const query = fc.constantFrom(
    "boiler repair last week",
    "what did Ada say about the plumber?",
    "violin",
    "yesterday",
    "what did I tell you in January",
  );
  const options = fc.record({ halfLifeDays: fc.constantFrom(1, 30, undefined) });
  await fc.assert(
    fc.asyncProperty(query, options, async (text, settings) => {
      const hits = await fixture.find(text, settings);
      for (const { score, signals } of hits) {
        assertAlmostEquals(signals.reduce((sum, { share }) => sum + share, 0), score, 1e-9);
        assert(score > 0);
        assert(
          signals.every(({ signal, rank, share }) =>
            rank >= 1 && (share >= 0 || signal === "age" || signal === "repeat")
          ),
        );
        assertEquals(new Set(signals.map(({ signal }) => signal)).size <= signals.length, true);
      }
      const scores = hits.map(({ score }) => score);
      assertEquals(scores, [...scores].sort((a, b) => b - a));
    }),
    { numRuns: 30 },
  );
});

Deno.test("recall() uses each part when it is on, and not when it is off", async (t) => {
  await using fixture = await openFixture();
  await tellStory(fixture);
  await fixture.recall.prepare("home");
  const cases: readonly (readonly [keyof RecallParts, string, string])[] = [
    ["words", "boiler", "words"],
    ["feedback", "boiler", "feedback"],
    ["meaning", "boiler", "lsa"],
    ["neighbours", "boiler", "neighbours"],
    ["dates", "boiler last week", "date"],
    ["speakers", "what did Ada say of the boiler?", "speaker"],
  ];
  for (const [part, query, signal] of cases) {
    await t.step(part, async () => {
      const uses = async (parts: RecallParts) =>
        (await fixture.find(query, { parts, limit: 100 }))
          .some(({ signals }) => signals.some((each) => each.signal === signal));
      assert(await uses({}));
      assert(!await uses({ [part]: false }));
      assert(await uses({ ...NONE, words: true, [part]: true }));
    });
  }
  await t.step("none", async () => assertEquals(await fixture.find("boiler", { parts: NONE }), []));
});

Deno.test("recall() finds by feedback what shares no word with the question", async () => {
  await using fixture = await openFixture({ learnsInBackground: false });
  for (let i = 0; i < 8; i++) {
    await fixture.say(`a${i}`, "boiler thermostat valve", { sessionId: `a${i}` });
    await fixture.say(`b${i}`, `noise ${i} about other matters`, { sessionId: `b${i}` });
  }
  for (let i = 0; i < 40; i++) {
    await fixture.say(`c${i}`, `filler${i} sentence${i}`, { sessionId: `c${i}` });
  }
  await fixture.say("valve", "a thermostat with a valve", { sessionId: "v" });
  const options = { limit: 100, parts: { ...NONE, words: true } };
  assert(!ids(await fixture.find("boiler", options)).includes("valve"));
  const fed = { ...options, parts: { ...options.parts, feedback: true } };
  assert(ids(await fixture.find("boiler", fed)).includes("valve"));
});

Deno.test("recall() finds by meaning once there is enough to learn from", async () => {
  await using fixture = await openFixture({ learnsInBackground: false });
  await tellStory(fixture);
  const before = await fixture.recall.recall("home", "violin", {
    parts: { ...NONE, meaning: true },
  });
  assertEquals(before.meaning, "none");
  const status = await fixture.recall.prepare("home");
  assertEquals(status.learnedFrom, 64);
  const after = await fixture.recall.recall("home", "violin", {
    parts: { ...NONE, meaning: true },
  });
  assertEquals(after.meaning, "lsa");
  assert(after.hits.some((hit) => hit.kind === "message" && /orchestra/.test(hit.message.content)));
});

Deno.test("recall() learns in the background, and anew when the workspace has grown", async () => {
  await using fixture = await openFixture();
  await tellStory(fixture);
  await fixture.find("violin");
  // Closing waits for what was begun; preparing does too.
  assertEquals((await fixture.recall.prepare("home")).learnedFrom, 64);
  for (let i = 0; i < 10; i++) await fixture.say(`x${i}`, `the violin plays number ${i}`);
  assertEquals((await fixture.recall.prepare("home")).learnedFrom, 64);
  assertEquals((await fixture.recall.prepare("home", { relearn: true })).learnedFrom, 74);
  for (let i = 10; i < 60; i++) await fixture.say(`x${i}`, `the violin plays number ${i}`);
  assertEquals((await fixture.recall.prepare("home")).learnedFrom, 124);
});

Deno.test("recall() takes up what was learned, and learns anew what cannot be read", async () => {
  const storage = openInmemStorage();
  await using first = await openFixture({ storage });
  await tellStory(first);
  await first.recall.prepare("home");
  const events: string[] = [];
  const note = (message: string) => void events.push(message);
  const logger = { debug: note, info: note, warn: note, error: note };
  const again = await openRecall({ memory: first.memory }, { storage, learnsInBackground: false });
  await again.recall("home", "violin");
  assertEquals(again.status("home").learnedFrom, 64);
  await again.close();
  const damaged = { ...storage, read: async () => new Uint8Array([1, 2, 3]) };
  await using other = await openRecall({ memory: first.memory }, { storage: damaged, logger });
  assertEquals((await other.prepare("home")).learnedFrom, 64);
  assertEquals(events.length, 1);
  assert(events[0]?.includes("learned anew"));
});

Deno.test("recall() lifts the turn beside a hit, within its session only", async () => {
  await using fixture = await openFixture();
  await fixture.say("ask", "What did you name the puppy?");
  await fixture.say("answer", "We settled on Biscuit");
  await fixture.say("other", "It rains", { sessionId: "s2" });
  const hits = await fixture.find("puppy name");
  assertEquals(ids(hits), ["ask", "answer"]);
  assertEquals(hits[1]?.signals.map(({ signal }) => signal), ["neighbours"]);
});

Deno.test("recall() lifts the answer to a question more than the turn before it", async () => {
  await using fixture = await openFixture();
  await fixture.say("before", "Hello there");
  await fixture.say("ask", "What did you name the puppy? :-)");
  await fixture.say("answer", "We settled on Biscuit");
  assertEquals(ids(await fixture.find("puppy name")), ["ask", "answer", "before"]);
  await fixture.say("tell", "I will name the kitten", { sessionId: "s2" });
  await fixture.say("after", "It rains", { sessionId: "s2" });
  const [answer, after] = (await fixture.find("puppy kitten name", { limit: 9 }))
    .filter(({ id }) => id === "answer" || id === "after");
  assertEquals([answer?.id, after?.id], ["answer", "after"]);
  assertGreater(answer?.score ?? 0, 1.5 * (after?.score ?? 0));
});

Deno.test("recall() lowers what the same one says again in the same words", async () => {
  await using fixture = await openFixture();
  for (const id of ["m1", "m2", "m3"]) {
    await fixture.say(id, "The boiler is noisy, the boiler again", { sessionId: id });
  }
  await fixture.say("other", "Somebody must look at the old boiler in May", { sessionId: "s4" });
  const options = { parts: { ...NONE, words: true } };
  assertEquals(ids(await fixture.find("boiler", options)).at(-1), "other");
  const faded = { parts: { ...NONE, words: true, repeats: true } };
  const hits = await fixture.find("boiler", faded);
  assertEquals(hits[1]?.id, "other");
  assertEquals(
    hits.map(({ signals }) => signals.some(({ signal }) => signal === "repeat")),
    [false, false, true, true],
  );
  await fixture.say("ben", "The boiler is noisy, the boiler again", {
    sessionId: "s5",
    metadata: { name: "Ben" },
  });
  const ben = (await fixture.find("boiler", faded)).find(({ id }) => id === "ben");
  assertEquals(ben?.signals.map(({ signal }) => signal), ["words"]);
});

Deno.test("recall() looks for words that begin like one that nobody has said", async () => {
  await using fixture = await openFixture();
  await fixture.say("m1", "The registration was almost full", { sessionId: "a" });
  await fixture.say("m2", "Such regular rain", { sessionId: "b" });
  assertEquals(await fixture.find("registered", { parts: { ...NONE, words: true } }), []);
  assertEquals(ids(await fixture.find("registered")), ["m1"]);
  assertEquals(await fixture.find("register", { parts: { feedback: false } }), []);
  await fixture.say("m3", "I register my bike", { sessionId: "c" });
  assertEquals(ids(await fixture.find("registered")), ["m3"]);
});

Deno.test("recall() prefers what was said when the question says, or gives nothing else", async () => {
  await using fixture = await openFixture();
  await fixture.say("old", "the boiler broke", {
    createdAt: new Date("2025-05-20"),
    sessionId: "a",
  });
  await fixture.say("new", "boiler boiler broke", {
    createdAt: new Date("2026-02-10"),
    sessionId: "b",
  });
  await fixture.say("silent", "we had soup", { createdAt: new Date("2025-05-21"), sessionId: "c" });
  const question = "When in last May did the boiler break?";
  assertEquals(ids(await fixture.find(question)), ["old", "silent", "new"]);
  assertEquals(ids(await fixture.find(question, { dates: "only" })), ["old", "silent"]);
  const { dates } = await fixture.recall.recall("home", question, { now: NOW });
  assertEquals(dates.map(({ text }) => text), ["last May"]);
  assertEquals(ids(await fixture.find("a year ago", { dates: "only" })).sort(), ["old", "silent"]);
});

Deno.test("recall() prefers the one who is asked about", async (t) => {
  await using fixture = await openFixture();
  const said = [["Ada", "user"], ["Ben Cole", "user"], ["", "assistant"]] as const;
  for (const [name, role] of said) {
    await fixture.say(`by ${name || role}`, "I take the train", {
      role,
      sessionId: name,
      metadata: name === "" ? {} : { name },
    });
  }
  const cases: readonly (readonly [string, string])[] = [
    ["How does Ada travel by train?", "by Ada"],
    ["How does Ben travel by train?", "by Ben Cole"],
    ["Which train did you tell me about?", "by assistant"],
  ];
  for (const [question, id] of cases) {
    await t.step(question, async () => assertEquals(ids(await fixture.find(question))[0], id));
  }
  await t.step("Which train did I take?", async () => {
    assert(ids(await fixture.find("Which train did I take?"))[0] !== "by assistant");
  });
  await t.step("a name alone", async () => {
    await fixture.say("m", "Hello Ada", { sessionId: "x" });
    assertEquals(ids(await fixture.find("Ada")), ["m"]);
  });
});

Deno.test("recall() lets the old fade when asked to", async () => {
  await using fixture = await openFixture();
  await fixture.say("old", "boiler boiler", { createdAt: new Date("2020-01-01"), sessionId: "a" });
  await fixture.say("new", "a boiler in the house", {
    createdAt: new Date("2026-02-17"),
    sessionId: "b",
  });
  assertEquals(ids(await fixture.find("boiler")), ["old", "new"]);
  const hits = await fixture.find("boiler", { halfLifeDays: 30 });
  assertEquals(ids(hits), ["new", "old"]);
  assert(hits.every(({ signals }) => signals.some(({ signal }) => signal === "age")));
});

Deno.test("recall() gives the facts that hold at the moment that is asked about", async (t) => {
  await using fixture = await openFixture();
  const { knowledge } = fixture.memory;
  const about = { entityId: "ada", predicate: "lives_in" };
  const moved = new Date("2026-01-01");
  await knowledge.putFact("home", {
    id: "f1",
    ...about,
    value: "Lisbon",
    validAt: new Date("2024-01-01"),
    invalidAt: moved,
  });
  await knowledge.putFact("home", { id: "f2", ...about, value: "Porto", validAt: moved });
  const cases: readonly (readonly [string, RecallOptions, readonly string[]])[] = [
    ["where does ada live", {}, ["f2"]],
    ["where did ada live", { validAt: new Date("2025-01-01") }, ["f1"]],
    ["where did ada live", { validAt: new Date("2023-01-01") }, []],
    ["where did ada live in 2025", {}, ["f1", "f2"]],
    ["where did ada live in 2025", { dates: "only" }, ["f1"]],
  ];
  for (const [question, options, expected] of cases) {
    await t.step(`${question} ${JSON.stringify(options)}`, async () => {
      assertEquals(ids(await fixture.find(question, options)).sort(), expected);
    });
  }
});

Deno.test("recall() filters before it ranks", async (t) => {
  await using fixture = await openFixture();
  await tellStory(fixture);
  await fixture.recall.prepare("home");
  const none = new Date("1990-01-01");
  const cases: readonly (readonly [string, RecallOptions])[] = [
    ["a session without messages", { sessionId: "nowhere" }],
    ["a time without messages", { range: { from: none, to: new Date("1990-02-01") } }],
    ["an empty time", { range: { from: none, to: none } }],
    ["a role without messages", { roles: ["tool"] }],
    ["no role", { roles: [] }],
    ["no kind", { kinds: [] }],
    ["a kind without members", { kinds: ["fact"] }],
  ];
  for (const [name, options] of cases) {
    await t.step(
      name,
      async () => assertEquals(await fixture.find("boiler last week", options), []),
    );
  }
  await t.step("a session", async () => {
    const hits = await fixture.find("boiler violin", { sessionId: "s3", limit: 100 });
    assert(hits.length > 0);
    assert(hits.every((hit) => hit.kind === "message" && hit.message.sessionId === "s3"));
  });
  await t.step("a span", async () => {
    const range = { from: new Date("2026-02-04"), to: new Date("2026-02-05") };
    const hits = await fixture.find("boiler violin", { range, limit: 100 });
    assert(hits.length > 0);
    for (const hit of hits) {
      assert(
        hit.kind === "message" && hit.message.createdAt >= range.from &&
          hit.message.createdAt < range.to,
      );
    }
  });
});

Deno.test("recall() leaves out what holds an excluded word", async () => {
  await using fixture = await openFixture();
  await fixture.say("m1", "The boiler needs repair");
  await fixture.say("m2", "Repairing the boilers took all day in the cellar");
  assertEquals(ids(await fixture.find("boiler -cellars")), ["m1"]);
  assertEquals(ids(await fixture.find('boiler -"needs repairs"')), ["m2"]);
});

Deno.test("recall() takes questions of any kind", async (t) => {
  await using fixture = await openFixture();
  await tellStory(fixture);
  await fixture.say("who", "The Who played there");
  await fixture.say("rocket", "the launch 🚀 went well");
  await fixture.recall.prepare("home");
  const cases: readonly (readonly [name: string, query: string, found: string | undefined])[] = [
    ["nothing", "", undefined],
    ["blanks", " \n\t", undefined],
    ["signs", "?!*()^:{}[]\\/'\"", undefined],
    ["operators", 'AND OR NOT NEAR( "boiler" ) * ^ content: -', "boiler"],
    ["an open quote", '"the boiler', "boiler"],
    ["only stop words", "the who", "Who"],
    ["only emoji", "🚀", "🚀"],
    ["only exclusions", "-boiler", undefined],
    ["100 KB of words", "boiler ".repeat(15_000), "boiler"],
    ["100 KB of one word", "x".repeat(100_000), undefined],
    [
      "100 KB of different words",
      Array.from({ length: 15_000 }, (_, i) => `w${i}`).join(" "),
      undefined,
    ],
  ];
  for (const [name, query, found] of cases) {
    await t.step(name, async () => {
      const [hit] = await fixture.find(query);
      if (found === undefined) assertEquals(hit, undefined);
      else assert(hit?.kind === "message" && hit.message.content.includes(found));
    });
  }
  await t.step("anything", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (query) => {
        const usable = query.replaceAll("\0", "").toWellFormed();
        assert((await fixture.find(usable)).length <= 10);
      }),
      { numRuns: 50 },
    );
  });
});

Deno.test("recall() gives all there is when more is asked for", async () => {
  await using fixture = await openFixture();
  await fixture.say("m1", "boiler");
  assertEquals(ids(await fixture.find("boiler", { limit: 1000 })), ["m1"]);
  assertEquals(await (await openFixture()).find("boiler"), []);
});

Deno.test("recall() gives a snippet when asked to", async () => {
  await using fixture = await openFixture();
  await fixture.say("m1", `${"rain ".repeat(40)} the boiler ${"sun ".repeat(40)}`);
  const [plain] = await fixture.find("boiler");
  assertEquals(plain?.snippet, undefined);
  const [hit] = await fixture.find("boiler", { snippetLength: 40 });
  assert(hit?.snippet !== undefined && hit.snippet.includes("boiler") && hit.snippet.length <= 40);
});

Deno.test("recall() refuses malformed arguments", async (t) => {
  await using fixture = await openFixture();
  const bad = new Date(NaN);
  // Whatever a caller without types may hand in.
  const cases: readonly (readonly [string, unknown])[] = [
    ["query", { query: "a\0b" }],
    ["query", { query: 5 }],
    ["workspaceId", { workspaceId: "" }],
    ["limit", { limit: -1 }],
    ["limit", { limit: 1001 }],
    ["kinds", { kinds: ["dream"] }],
    ["roles", { roles: ["king"] }],
    ["sessionId", { sessionId: "" }],
    ["to is before from", { range: { from: NOW, to: new Date(0) } }],
    ["now", { now: bad }],
    ["validAt", { validAt: bad }],
    ["halfLifeDays", { halfLifeDays: 0 }],
    ["halfLifeDays", { halfLifeDays: NaN }],
    ["snippetLength", { snippetLength: 5 }],
    ["utcOffsetMinutes", { utcOffsetMinutes: 1.5 }],
    ["dates", { dates: "never" }],
    ["weights.words", { weights: { words: -1 } }],
    ["weights.halfRank", { weights: { halfRank: NaN } }],
  ];
  for (const [part, given] of cases) {
    await t.step(`${part}: ${JSON.stringify(given)}`, async () => {
      const { query = "boiler", workspaceId = "home", ...options } = Object(given);
      const run = () => fixture.recall.recall(workspaceId, query, options);
      const error = await assertRejects(run, StoreError, part);
      assertEquals(error.code, "invalid_input");
    });
  }
  await t.step("maxMessages", async () => {
    const { memory } = fixture;
    const error = await assertRejects(
      () => openRecall({ memory }, { maxMessages: 1e6 }),
      StoreError,
    );
    assertEquals(error.code, "invalid_input");
  });
});

Deno.test("recall() stops when its signal aborts", async () => {
  await using fixture = await openFixture();
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => fixture.find("boiler", { signal })), reason);
  assertEquals(await assertRejects(() => fixture.recall.prepare("home", { signal })), reason);
});

Deno.test("recall() sees every message of its own workspace, and of no other", async () => {
  await using fixture = await openFixture();
  const words = fc.array(fc.constantFrom("boiler", "violin", "soup"), {
    minLength: 1,
    maxLength: 3,
  });
  const say = fc.record({ workspace: fc.constantFrom("a", "b"), text: words });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(say, { maxLength: 12 }), async (list) => {
      run++;
      for (const [index, { workspace, text }] of list.entries()) {
        const message = { id: `${index}`, role: "user", content: text.join(" ") } as const;
        await fixture.memory.messages.append(`${workspace}${run}`, message);
      }
      for (const workspace of ["a", "b"]) {
        const options = { limit: 100, parts: { neighbours: false } };
        const { hits } = await fixture.recall.recall(`${workspace}${run}`, "boiler", options);
        const expected = list.flatMap((each, index) =>
          each.workspace === workspace && each.text.includes("boiler") ? [`${index}`] : []
        );
        for (const id of expected) assert(ids(hits).includes(id));
        for (const id of ids(hits)) assertEquals(list[Number(id)]?.workspace, workspace);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("close() ends what is under way, and refuses what comes after", async () => {
  const fixture = await openFixture();
  await tellStory(fixture);
  await fixture.find("boiler");
  await fixture.recall.close();
  await fixture.recall.close();
  const error = await assertRejects(() => fixture.find("boiler"), StoreError);
  assertEquals(error.code, "closed");
  await fixture.memory.close();
});

/** 64 turns in 4 sessions, about a boiler and about music. */
async function tellStory({ say }: Fixture): Promise<void> {
  const lines = [
    "the boiler heats the water of the house",
    "the plumber repaired the boiler and the pipe",
    "water dripped from the pipe again",
    "the plumber sent a bill for the pipe",
    "the violin is out of tune",
    "an orchestra needs more than one violin",
    "the orchestra played until midnight",
    "the conductor of the orchestra was late",
  ];
  for (let turn = 0; turn < 64; turn++) {
    const session = Math.floor(turn / 16);
    await say(`t${turn}`, `${lines[turn % 8]} ${turn}`, {
      sessionId: `s${session}`,
      createdAt: new Date(Date.UTC(2026, 1, 1 + 3 * session, 10, turn)),
      metadata: { name: turn % 2 === 0 ? "Ada" : "Ben" },
    });
  }
}

function ids(hits: readonly RecallHit[]): string[] {
  return hits.map(({ id }) => id);
}
