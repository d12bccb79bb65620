// SPDX-License-Identifier: Apache-2.0

/** Recall by the embeddings of a model: here a small one that counts words of three matters. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../errors.ts";
import { openKnowledgeStore, openMemoryStore } from "../inmem/mod.ts";
import type { MemoryStore } from "../memory_store.ts";
import type { Embedder } from "./embedder.ts";
import { openRecall } from "./open_recall.ts";
import type { Recall, RecallAnswer, RecallProgress } from "./recall.ts";
import { openFolderStorage, openInmemStorage, type RecallStorage } from "./recall_storage.ts";

const MATTERS = [["boiler", "heating", "plumber"], ["violin", "music", "cello"], ["soup", "cook"]];
const MEANING_ONLY = {
  parts: {
    words: false,
    feedback: false,
    neighbours: false,
    dates: false,
    speakers: false,
    repeats: false,
  },
};

/** An embedder that remembers what it was given. */
interface CountingEmbedder extends Embedder {
  readonly batches: string[][];
  /** How many further numbers, all alike, its embeddings have. */
  extra: number;
  failsAfter: number;
}

function makeEmbedder(model: string, more: Partial<CountingEmbedder> = {}): CountingEmbedder {
  const embedder: CountingEmbedder = {
    model,
    batches: [],
    extra: 0,
    failsAfter: Infinity,
    async embed(texts) {
      if (embedder.batches.length >= embedder.failsAfter) throw new Error("the vendor is asleep");
      embedder.batches.push([...texts]);
      return texts.map((text) => [
        ...MATTERS.map((words) => words.filter((word) => text.includes(word)).length),
        ...Array.from({ length: 1 + embedder.extra }, () => 0.1),
      ]);
    },
    ...more,
  };
  return embedder;
}

Deno.test("recall() finds by embeddings what shares no word with the question", async () => {
  await using memory = await fill();
  const embed = makeEmbedder("test/three");
  await using recall = await openRecall({ memory }, { embed });
  await recall.prepare("home");
  const answer = await recall.recall("home", "heating", MEANING_ONLY);
  assertEquals(answer.meaning, "test/three");
  assertEquals(firstId(answer), "m0");
  assertEquals(answer.hits[0]?.signals.map(({ signal }) => signal), ["embedding"]);
  assertEquals(answer.notices, []);
  assertEquals(recall.status("home").embedding, { model: "test/three", dimensions: 4 });
});

Deno.test("recall() embeds equal texts once, in batches, and questions once", async () => {
  await using memory = await fill(["boiler", "violin", "soup", "boiler", "violin", "the and of"]);
  const embed = makeEmbedder("test/three", { maxBatch: 2, maxCharacters: 3 });
  await using recall = await openRecall({ memory }, { embed, learnsInBackground: false });
  await recall.prepare("home");
  assertEquals(embed.batches, [["len"], ["boi", "vio"], ["sou"]]);
  await recall.recall("home", "heating");
  await recall.recall("home", "heating");
  assertEquals(embed.batches.length, 4);
});

Deno.test("prepare() tells how far it is, and goes on where it was cut off", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await using memory = await fill(["boiler", "violin", "soup", "cello", "cook"]);
    const options = { directory, learnsInBackground: false };
    const dying = makeEmbedder("test/three", { maxBatch: 1, failsAfter: 4 });
    await using first = await openRecall({ memory }, { ...options, embed: dying });
    const error = await assertRejects(() => first.prepare("home"), StoreError, "asleep");
    assertEquals(error.code, "unavailable");
    const answer = await first.recall("home", "violin");
    assertEquals(answer.meaning, "none");
    assert(answer.notices.some((notice) => notice.includes("the vendor is asleep")));
    assertEquals(first.status("home").problem?.includes("asleep"), true);
    await first.close();

    const embed = makeEmbedder("test/three", { maxBatch: 1 });
    await using second = await openRecall({ memory }, { ...options, embed });
    const seen: RecallProgress[] = [];
    await second.prepare("home", { onProgress: (progress) => seen.push(progress) });
    assertEquals(embed.batches, [["length"], ["cello"], ["cook"]]);
    assertEquals(seen.map(({ done, total }) => `${done}/${total}`), ["4/5", "5/5"]);
    await second.close();

    const idle = makeEmbedder("test/three");
    await using third = await openRecall({ memory }, { ...options, embed: idle });
    await third.prepare("home");
    assertEquals(idle.batches, []);
    assertEquals((await third.recall("home", "music")).meaning, "test/three");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("recall() searches the old embeddings until those of a new model are complete", async () => {
  const storage = openInmemStorage();
  await using memory = await fill();
  const old = makeEmbedder("test/old");
  await withRecall(memory, storage, [old], (recall) => recall.prepare("home"));
  const dying = makeEmbedder("test/new", { extra: 2, maxBatch: 1, failsAfter: 2 });
  await withRecall(memory, storage, [dying, old], async (recall) => {
    await assertRejects(() => recall.prepare("home"), StoreError);
    const answer = await recall.recall("home", "heating", MEANING_ONLY);
    assertEquals(answer.meaning, "test/old");
    assertEquals(firstId(answer), "m0");
  });
  await withRecall(
    memory,
    storage,
    [makeEmbedder("test/new", { extra: 2 }), old],
    async (recall) => {
      const status = await recall.prepare("home");
      assertEquals(status.embedding, { model: "test/new", dimensions: 6 });
      const answer = await recall.recall("home", "heating", MEANING_ONLY);
      assertEquals([answer.meaning, firstId(answer)], ["test/new", "m0"]);
    },
  );
  await withRecall(memory, storage, [old], async (recall) => {
    await recall.recall("home", "heating");
    assertEquals(recall.status("home").embedding, undefined, "the old ones are gone");
  });
});

Deno.test("recall() does not compare embeddings of two models of the same length", async () => {
  const storage = openInmemStorage();
  await using memory = await fill();
  await withRecall(memory, storage, [makeEmbedder("test/old")], (recall) => recall.prepare("home"));
  await withRecall(memory, storage, [makeEmbedder("test/new")], async (recall) => {
    const answer = await recall.recall("home", "heating", MEANING_ONLY);
    assertEquals(answer.meaning, "none");
    assertEquals(answer.hits, []);
  });
});

Deno.test("recall() says so when a model gives another length, and embeds anew", async () => {
  await using memory = await fill();
  const embed = makeEmbedder("test/three");
  await using recall = await openRecall({ memory }, { embed, learnsInBackground: false });
  await recall.prepare("home");
  embed.extra = 3;
  const answer = await recall.recall("home", "cello", MEANING_ONLY);
  assertEquals(answer.meaning, "none");
  assert(answer.notices.some((notice) => notice.includes("now gives 7 numbers and not 4")));
  const status = await recall.prepare("home");
  assertEquals(status.embedding?.dimensions, 7);
  const again = await recall.recall("home", "music", MEANING_ONLY);
  assertEquals([again.meaning, firstId(again)], ["test/three", "m1"]);
});

Deno.test("recall() embeds what is new, in the background, and forgets what has gone", async () => {
  await using memory = await fill();
  const embed = makeEmbedder("test/three");
  await using recall = await openRecall({ memory }, { embed });
  await recall.prepare("home");
  await say(memory, "m9", "a plumber for the heating");
  await recall.recall("home", "boiler");
  await recall.prepare("home");
  const two = await recall.recall("home", "boiler", MEANING_ONLY);
  assert(two.hits.slice(0, 2).some(({ id }) => id === "m9"));
  await memory.messages.deleteByIds("home", ["m9"]);
  await recall.prepare("home");
  assert((await recall.recall("home", "boiler", MEANING_ONLY)).hits.every(({ id }) => id !== "m9"));
});

Deno.test("recall() answers by words when the question cannot be embedded, and says so", async () => {
  await using memory = await fill();
  const embed = makeEmbedder("test/three");
  await using recall = await openRecall({ memory }, { embed, learnsInBackground: false });
  await recall.prepare("home");
  embed.failsAfter = 0;
  const answer = await recall.recall("home", "soup");
  assertEquals(firstId(answer), "m2");
  assertEquals(answer.meaning, "none");
  assertEquals(answer.notices.length, 1);
});

Deno.test("prepare() refuses embeddings that cannot be right", async (t) => {
  const cases: readonly (readonly [string, (text: string) => number[], string])[] = [
    [
      "several lengths",
      (text) => text.includes("violin") ? [1, 2, 3] : [1, 2],
      "dimension_mismatch",
    ],
    ["NaN", () => [NaN, 1], "invalid_input"],
    ["zeros", () => [0, 0], "invalid_input"],
    ["nothing", () => [], "invalid_input"],
  ];
  for (const [name, embedOne, code] of cases) {
    await t.step(name, async () => {
      await using memory = await fill();
      const embed: Embedder = { model: "test/bad", embed: async (texts) => texts.map(embedOne) };
      await using recall = await openRecall({ memory }, { embed });
      const error = await assertRejects(() => recall.prepare("home"), StoreError);
      assertEquals(error.code, code);
    });
  }
  await t.step("too few", async () => {
    await using memory = await fill();
    const embed: Embedder = { model: "test/bad", embed: async () => [] };
    await using recall = await openRecall({ memory }, { embed });
    const error = await assertRejects(() => recall.prepare("home"), StoreError, "0 embeddings");
    assertEquals(error.code, "unavailable");
  });
});

Deno.test("recall() makes embeddings anew when their list cannot be read", async () => {
  const events: string[] = [];
  const note = (message: string) => void events.push(message);
  const logger = { debug: note, info: note, warn: note, error: note };
  const inmem = openInmemStorage();
  const storage = { ...inmem, read: async () => new TextEncoder().encode('{"format":99}') };
  await using memory = await fill();
  const embed = makeEmbedder("test/three");
  await using recall = await openRecall({ memory }, { storage, embed, logger });
  assertEquals((await recall.prepare("home")).embedding?.model, "test/three");
  assert(events.some((event) => event.includes("made anew")));
});

Deno.test("a failure in the background is logged, and tried again once there is something new", async () => {
  const problems: string[] = [];
  const note = () => {};
  const error = (message: string) => void problems.push(message);
  const logger = { debug: note, info: note, warn: note, error };
  await using memory = await fill();
  const embed = makeEmbedder("test/three", { failsAfter: 0 });
  await using recall = await openRecall({ memory }, { embed, logger });
  await recall.recall("home", "soup");
  await assertRejects(() => recall.prepare("home"), StoreError);
  await recall.recall("home", "soup");
  assertEquals(problems.length, 1);
  embed.failsAfter = Infinity;
  await say(memory, "m9", "more soup");
  await recall.recall("home", "soup");
  assertEquals((await recall.prepare("home")).problem, undefined);
});

async function fill(
  texts = ["the boiler broke", "a violin plays", "we had soup"],
): Promise<MemoryStore> {
  const memory = openMemoryStore(await openKnowledgeStore());
  for (const [index, text] of texts.entries()) await say(await memory, `m${index}`, text);
  return memory;
}

async function say(memory: MemoryStore, id: string, content: string): Promise<void> {
  await memory.messages.append("home", { id, role: "user", content, sessionId: id });
}

async function withRecall(
  memory: MemoryStore,
  storage: RecallStorage,
  embed: readonly Embedder[],
  run: (recall: Recall) => Promise<unknown>,
): Promise<void> {
  await using recall = await openRecall({ memory }, { storage, embed, learnsInBackground: false });
  await run(recall);
}

function firstId({ hits }: RecallAnswer): string | undefined {
  return hits[0]?.id;
}

Deno.test("openFolderStorage() keeps files and collections for their owner only", async () => {
  const parent = await Deno.makeTempDir();
  const directory = `${parent}/deep/recall`;
  try {
    const storage = openFolderStorage(directory);
    assertEquals(await storage.read("a.bin"), undefined);
    await storage.write("a.bin", new Uint8Array([1, 2]));
    await storage.write("a.bin", new Uint8Array([3]));
    assertEquals(await storage.read("a.bin"), new Uint8Array([3]));
    const vectors = await storage.openVectors("v");
    await vectors.store("x", [1, 2]);
    await vectors.close();
    const again = await storage.openVectors("v");
    assertEquals(await again.count(), 1);
    await again.close();
    await storage.removeVectors("v");
    await storage.removeVectors("v");
    assertEquals((await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name), [
      "a.bin",
    ]);
    assertEquals((await Deno.stat(directory)).mode! & 0o777, 0o700);
    assertEquals((await Deno.stat(`${directory}/a.bin`)).mode! & 0o777, 0o600);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("openFolderStorage() says what it cannot do", async () => {
  const file = await Deno.makeTempFile();
  try {
    const storage = openFolderStorage(`${file}/below`);
    const error = await assertRejects(
      () => storage.write("a", new Uint8Array()),
      StoreError,
      "Cannot write",
    );
    assertEquals(error.code, "unavailable");
  } finally {
    await Deno.remove(file);
  }
});
