// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { rejectsWith } from "../conformance/_suite.ts";
import type { Logger } from "../logger.ts";
import type { VectorStore } from "../vector_store.ts";
import { openVectorStore } from "./vector_store.ts";
import { normalVector } from "./vectors/testdata/random_vectors.ts";

const WRITER = new URL("vectors/testdata/writer.ts", import.meta.url).pathname;

async function inTempDirectory(run: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sigil-" });
  try {
    await run(`${directory}/vectors.db`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A logger that remembers what it was told. */
function recorder() {
  const events: [string, unknown][] = [];
  const record = (message: string, fields?: Record<string, unknown>) => {
    events.push([message, fields?.["chunk"]]);
  };
  const logger: Logger = { debug: record, info: record, warn: record, error: record };
  return { events, logger };
}

/** Stores `count` vectors named v0, v1, … and gives them. */
async function fill(store: VectorStore, count: number, dimensions = 12): Promise<Float32Array[]> {
  const random = normalVector(7);
  const vectors = Array.from({ length: count }, () => random(dimensions));
  await Promise.all(vectors.map((vector, index) => store.store(`v${index}`, vector, { index })));
  return vectors;
}

/** Fails unless every vector is its own nearest. */
async function checkFinds(store: VectorStore, vectors: readonly Float32Array[]): Promise<void> {
  assertEquals(await store.count(), vectors.length);
  for (const [index, vector] of vectors.entries()) {
    assertEquals((await store.search(vector, 1))[0]?.id, `v${index}`);
  }
}

Deno.test("vector store store and search", async () => {
  await using store = await openVectorStore(":memory:");
  await store.store("v1", [1, 0, 0], { source: "test1" });
  await store.store("v2", [0, 1, 0], { source: "test2" });
  await store.store("v3", [0.9, 0.1, 0], { source: "test3" });
  const results = await store.search([1, 0, 0], 2);
  assertEquals(results.length, 2);
  assertEquals(results[0]?.id, "v1");
});

Deno.test("vector store delete", async () => {
  await using store = await openVectorStore(":memory:");
  await store.store("v1", [1, 0, 0]);
  await store.delete(["v1"]);
  assertEquals(await store.search([1, 0, 0], 10), []);
});

Deno.test({
  name: "openVectorStore() needs no permission for :memory:",
  permissions: "none",
  async fn() {
    await using store = await openVectorStore(":memory:");
    await checkFinds(store, await fill(store, 5));
  },
});

Deno.test("openVectorStore() loads saved codes without looking at embeddings", async () => {
  await inTempDirectory(async (path) => {
    const first = await openVectorStore(path);
    const vectors = await fill(first, 600);
    await first.search([...vectors[0] ?? []], 1);
    await first.close();
    assertEquals(readRows(path, "SELECT chunk FROM codes"), [[0], [1], [2]]);
    // With every embedding but three replaced by another, the codes alone decide who is compared.
    change(
      path,
      "UPDATE embeddings SET value = (SELECT value FROM embeddings WHERE slot = 1) WHERE slot > 2",
    );
    const { events, logger } = recorder();
    await using store = await openVectorStore(path, { logger });
    for (const index of [0, 1, 2]) {
      assertEquals((await store.search(vectors[index] ?? [], 1))[0]?.id, `v${index}`);
    }
    assertEquals(events, []);
  });
});

const DAMAGE = {
  "a changed byte": "UPDATE codes SET bytes = zeroblob(length(bytes)) WHERE chunk = 1",
  "a cut chunk": "UPDATE codes SET bytes = substr(bytes, 1, 99) WHERE chunk = 1",
  "an empty chunk": "UPDATE codes SET bytes = x'' WHERE chunk = 1",
  "a wrong checksum": "UPDATE codes SET checksum = 1 WHERE chunk = 1",
  "a missing chunk": "DELETE FROM codes WHERE chunk = 1",
};

for (const [damage, sql] of Object.entries(DAMAGE)) {
  Deno.test(`openVectorStore() makes codes again after ${damage}, and says so`, async () => {
    await inTempDirectory(async (path) => {
      const first = await openVectorStore(path);
      const vectors = await fill(first, 600);
      await checkFinds(first, vectors);
      await first.close();
      change(path, sql);
      const damaged = recorder();
      const second = await openVectorStore(path, { logger: damaged.logger });
      await checkFinds(second, vectors);
      assertEquals(damaged.events, [["damaged vector codes rebuilt", 1]]);
      await second.close();
      const repaired = recorder();
      await using third = await openVectorStore(path, { logger: repaired.logger });
      await checkFinds(third, vectors);
      assertEquals(repaired.events, []);
    });
  });
}

Deno.test("openVectorStore() makes codes again that were never saved, or are all lost", async () => {
  await inTempDirectory(async (path) => {
    const first = await openVectorStore(path);
    const vectors = await fill(first, 300);
    await first.close();
    assertEquals(readRows(path, "SELECT count(*) FROM codes"), [[0]]);
    const second = await openVectorStore(path);
    await checkFinds(second, vectors);
    await second.close();
    assertEquals(readRows(path, "SELECT count(*) FROM codes"), [[2]]);
    change(path, "DELETE FROM codes");
    await using third = await openVectorStore(path);
    await checkFinds(third, vectors);
  });
});

Deno.test("a search finds what changed after the codes were saved", async () => {
  await inTempDirectory(async (path) => {
    const first = await openVectorStore(path);
    const vectors = await fill(first, 300);
    await checkFinds(first, vectors);
    await first.close();
    // This one never searches, so it saves no codes, as if it had died.
    const second = await openVectorStore(path);
    const random = normalVector(99);
    for (const index of [0, 255, 256, 299, 300]) {
      vectors[index] = random(12);
      await second.store(`v${index}`, vectors[index]);
    }
    await second.delete(["v7"]);
    await second.close();
    const { events, logger } = recorder();
    await using third = await openVectorStore(path, { logger });
    assertEquals((await third.search(vectors[7] ?? [], 301)).some(({ id }) => id === "v7"), false);
    await third.store("v7", vectors[7] ?? []);
    await checkFinds(third, vectors);
    assertEquals(events, []);
  });
});

Deno.test("codes are saved now and then, before the store is closed", async () => {
  await inTempDirectory(async (path) => {
    const store = await openVectorStore(path);
    const vectors = await fill(store, 4200, 3);
    await store.search(vectors[0] ?? [], 1);
    const readSaved = () => readRows(path, "SELECT max(sequence), count(*) FROM codes");
    for (let turn = 0; turn < 1000 && readSaved()[0]?.[0] !== 4200; turn++) await setImmediate();
    assertEquals(readSaved(), [[4200, 17]]);
    await store.close();
  });
});

Deno.test("a slot that became free is used again", async () => {
  await inTempDirectory(async (path) => {
    const store = await openVectorStore(path);
    await fill(store, 100);
    await store.delete(Array.from({ length: 50 }, (_, index) => `v${index}`));
    await fill(store, 100);
    await store.close();
    assertEquals(readRows(path, "SELECT max(slot), count(id) FROM vectors"), [[99, 100]]);
  });
});

Deno.test("two stores on one file see what the other writes", async () => {
  await inTempDirectory(async (path) => {
    await using one = await openVectorStore(path);
    await using two = await openVectorStore(path);
    const vectors = await fill(one, 300);
    await checkFinds(two, vectors);
    await one.delete(["v0"]);
    await two.store("other", vectors[0] ?? [], { index: 0 });
    for (const store of [one, two]) {
      assertEquals((await store.search(vectors[0] ?? [], 1))[0]?.id, "other");
      assertEquals((await store.search(vectors[1] ?? [], 9, { index: 0 }))[0]?.id, "other");
    }
    await two.delete(["other", ...vectors.map((_vector, index) => `v${index}`)]);
    await two.store("longer", [1, 2, 3, 4, 5]);
    assertEquals((await one.search([1, 2, 3, 4, 5], 1))[0]?.id, "longer");
    await rejectsWith("dimension_mismatch", one.store("v0", vectors[0] ?? []));
  });
});

Deno.test("codes of two stores on one file, closed in any order, are whole", async () => {
  for (const order of [[0, 1], [1, 0]]) {
    await inTempDirectory(async (path) => {
      const stores = [await openVectorStore(path), await openVectorStore(path)] as const;
      const vectors = await fill(stores[0], 300);
      await checkFinds(stores[0], vectors);
      await checkFinds(stores[1], vectors);
      const random = normalVector(5);
      for (let index = 0; index < 40; index++) {
        const changed = random(12);
        vectors[index * 7] = changed;
        await stores[index & 1 ? 1 : 0].store(`v${index * 7}`, changed);
        if (index % 3 === 0) await stores[index & 2 ? 1 : 0].search(changed, 1);
      }
      for (const place of order) await stores[place]?.close();
      const { events, logger } = recorder();
      await using store = await openVectorStore(path, { logger });
      await checkFinds(store, vectors);
      assertEquals(events, []);
    });
  }
});

Deno.test("a store that resolved survives kill -9, and its codes are made again", async () => {
  await inTempDirectory(async (path) => {
    const writer = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", `--allow-read=${path}`, `--allow-write=${path}`, WRITER, path],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const acknowledged: number[] = [];
    let rest = "";
    for await (const text of writer.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      acknowledged.push(...lines.map(Number));
      if (acknowledged.length >= 2000) writer.kill("SIGKILL");
    }
    await writer.status;
    assertGreater(acknowledged.length, 1999);
    await using store = await openVectorStore(path);
    for (const seed of acknowledged) {
      const [nearest] = await store.search(normalVector(seed)(16), 1, { seed });
      assertEquals(nearest?.id, `v${seed}`);
      assertGreater(nearest?.score ?? 0, 0.999999);
    }
  });
});

Deno.test("a damaged embedding is named, and is no wrong answer", async () => {
  await inTempDirectory(async (path) => {
    const first = await openVectorStore(path);
    const vectors = await fill(first, 10);
    await first.close();
    change(path, "UPDATE embeddings SET value = x'0000' WHERE slot = 4");
    await using store = await openVectorStore(path);
    const error = await rejectsWith("corrupt", store.search(vectors[0] ?? [], 1));
    assertStringIncludes(error.message, "slot 4");
  });
});

Deno.test("an embedding that is damaged after its code was made is no wrong answer either", async () => {
  await inTempDirectory(async (path) => {
    await using store = await openVectorStore(path);
    const vectors = await fill(store, 10);
    await checkFinds(store, vectors);
    change(path, "UPDATE embeddings SET value = substr(value, 1, 44) WHERE slot = 4");
    const error = await rejectsWith("corrupt", store.search(vectors[4] ?? [], 1));
    assertStringIncludes(error.message, "slot 4");
  });
});

Deno.test("codes that do not fit in memory get an error", async () => {
  await inTempDirectory(async (path) => {
    const first = await openVectorStore(path);
    await first.store("v1", new Float32Array(8192).fill(1));
    await first.close();
    change(path, "UPDATE vectors SET slot = 10000000; UPDATE embeddings SET slot = 10000000");
    await using store = await openVectorStore(path);
    const error = await rejectsWith("unavailable", store.search(new Float32Array(8192).fill(1), 1));
    assertStringIncludes(error.message, "more memory");
  });
});

Deno.test("codes are saved while others write, in this process and in another", async () => {
  await inTempDirectory(async (path) => {
    const one = await openVectorStore(path);
    const two = await openVectorStore(path);
    const vectors = await fill(one, 5000, 3);
    const random = normalVector(3);
    await Promise.all(Array.from({ length: 300 }, async (_, index) => {
      const store = index & 1 ? one : two;
      const place = index * 13;
      vectors[place] = random(3);
      await store.store(`v${place}`, vectors[place]);
      await store.search(vectors[place], 1);
    }));
    await Promise.all([one.close(), two.close()]);
    const { events, logger } = recorder();
    await using store = await openVectorStore(path, { logger });
    await checkFinds(store, vectors);
    assertEquals(events, []);
  });
});

Deno.test("a file of another kind is refused", async () => {
  await inTempDirectory(async (path) => {
    await Deno.writeTextFile(path, "not a database, ".repeat(1000));
    await rejectsWith("corrupt", openVectorStore(path));
  });
});

Deno.test("searches and stores at the same time disturb neither", async () => {
  await using store = await openVectorStore(":memory:");
  const vectors = await fill(store, 500);
  const random = normalVector(8);
  await Promise.all(Array.from({ length: 200 }, async (_, index) => {
    await store.store(`new${index}`, random(12));
    const [nearest] = await store.search(vectors[index] ?? [], 1);
    assertEquals(nearest?.id, `v${index}`);
    await store.delete([`new${index}`]);
  }));
  await checkFinds(store, vectors);
});

Deno.test("search() lets other work have its turn, and is not misled by changes meanwhile", async () => {
  await using store = await openVectorStore(":memory:", { scanStepBytes: 1 });
  const vectors = await fill(store, 1500);
  await store.search(vectors[0] ?? [], 1);
  let isSearching = true;
  let turns = 0;
  const search = store.search(vectors[3] ?? [], 1500).finally(() => isSearching = false);
  for (; isSearching; turns++) {
    await setImmediate();
    await store.delete([`v${turns + 700}`]);
  }
  const results = await search;
  assertGreater(turns, 5);
  assertEquals(results[0]?.id, "v3");
  const held = new Set((await store.search(vectors[3] ?? [], 1500)).map(({ id }) => id));
  assertEquals([...held].filter((id) => !results.some((result) => result.id === id)), []);
});

Deno.test("an approximate search of a large collection finds the nearest", async () => {
  await using store = await openVectorStore(":memory:", { approximate: true });
  const vectors = await fill(store, 10_000, 32);
  for (const [index, vector] of vectors.slice(0, 80).entries()) {
    assertEquals((await store.search(vector, 1, {}))[0]?.id, `v${index}`);
    assertEquals((await store.search(vector, 1, { index: 77 }))[0]?.id, "v77");
  }
});

Deno.test("codes that cannot be saved fail no call, and are told of", async () => {
  await inTempDirectory(async (path) => {
    const { events, logger } = recorder();
    const store = await openVectorStore(path, { logger });
    const vectors = await fill(store, 10);
    await checkFinds(store, vectors);
    change(path, "DROP TABLE codes");
    await store.close();
    assertEquals(events, [["vector codes not saved", undefined]]);
  });
});

Deno.test("search() of many finds as many as there are, whatever k", async () => {
  await using store = await openVectorStore(":memory:");
  const vectors = await fill(store, 3000);
  for (const k of [63, 64, 65, 1000, 3000, 10_000]) {
    const results = await store.search(vectors[0] ?? [], k);
    assertEquals(results.length, Math.min(k, 3000));
    assert(results.every(({ score }, index) => score <= (results[index - 1]?.score ?? 1)));
  }
});

function readRows(path: string, sql: string): unknown[][] {
  using database = new DatabaseSync(path);
  return database.prepare(sql).all().map((row) => Object.values(row));
}

function change(path: string, sql: string): void {
  using database = new DatabaseSync(path);
  database.exec(sql);
}

Deno.test("vectors stored together each find themselves, also by their attributes", async () => {
  await inTempDirectory(async (path) => {
    const vectors = await (async () => {
      await using store = await openVectorStore(path);
      const first = await fill(store, 23);
      assertEquals((await store.search(first[7] ?? [], 1, { index: 7 }))[0]?.id, "v7");
      return first;
    })();
    await using store = await openVectorStore(path);
    await checkFinds(store, vectors);
    assertEquals((await store.search(vectors[7] ?? [], 5, { index: 8 })).map(({ id }) => id), [
      "v8",
    ]);
  });
});

Deno.test("vectors stored together take the place of others, and of each other", async (t) => {
  await using store = await openVectorStore(":memory:");
  const put = (ids: readonly string[], round: number) =>
    Promise.all(ids.map((id, index) => store.store(id, [1, index, round], { round, index })));
  const rounds = async (id: string) =>
    (await store.search([1, 1, 1], 100)).filter((found) => found.id === id)
      .map(({ metadata }) => metadata["round"]);
  const ids = Array.from({ length: 10 }, (_, index) => `v${index}`);
  await t.step("some of which are there", async () => {
    await put(ids.slice(0, 6), 1);
    await put(ids, 2);
    assertEquals(await store.count(), 10);
    assertEquals(await rounds("v3"), [2]);
    assertEquals(await store.search([1, 1, 1], 100, { round: 1 }), []);
  });
  await t.step("one of which comes twice", async () => {
    await put([...ids.map((id) => `new-${id}`), "new-v0"], 3);
    assertEquals(await store.count(), 20);
    assertEquals((await store.search([1, 10, 3], 1, { index: 10 }))[0]?.id, "new-v0");
  });
  await t.step("into the places of those that were deleted", async () => {
    assertEquals(await store.delete(ids), 10);
    await put(ids.map((id) => `other-${id}`), 4);
    assertEquals(await store.count(), 20);
    assertEquals((await store.search([1, 9, 4], 1, { round: 4 }))[0]?.id, "other-v9");
  });
});

Deno.test("of vectors stored together, only those fail that do not fit the first", async () => {
  await using store = await openVectorStore(":memory:");
  const lengths = [3, 3, 4, 3, 3, 4, 3];
  const outcomes = await Promise.allSettled(
    lengths.map((length, index) =>
      store.store(`v${index}`, Array.from({ length }, (_, at) => at === index % 3 ? 1 : 0.1))
    ),
  );
  assertEquals(outcomes.map(({ status }) => status === "fulfilled"), lengths.map((n) => n === 3));
  assertEquals(await store.count(), 5);
  assertEquals((await store.search([0.1, 1, 0.1], 1))[0]?.id, "v1");
});
