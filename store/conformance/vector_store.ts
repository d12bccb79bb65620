// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../knowledge_store.ts";
import type { VectorFilters, VectorStore } from "../vector_store.ts";
import {
  type Case,
  type ConformanceOptions,
  HARD_TEXTS,
  HUGE_ID,
  ids,
  registerSuite,
  rejectsWith,
  type ReopenCase,
  UNSTORABLE_TEXTS,
} from "./_suite.ts";

/** Tests that a backend keeps the promises of {@linkcode VectorStore}; see `testSessionStore` for an example. */
export function testVectorStore(backend: string, options: ConformanceOptions<VectorStore>): void {
  registerSuite(`${backend} vector store`, options, [...CASES, isolation(options)], REOPEN_CASES);
}

/** Gives an embedding in two dimensions that lies at an angle, in degrees, to [1, 0]. */
function at(degrees: number): readonly number[] {
  const radians = degrees * Math.PI / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

/** Stores `count` embeddings named 00, 01, …, one degree apart, with metadata to filter by. */
async function storeFan(store: VectorStore, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => {
    const id = String(index).padStart(2, "0");
    return store.store(id, at(index), { odd: index % 2 === 1, tens: Math.floor(index / 10), id });
  }));
}

const CASES: readonly Case<VectorStore>[] = [
  {
    name: "stores embeddings and finds the nearest first",
    async run(store) {
      await store.store("v1", [1, 0, 0], { source: "test1" });
      await store.store("v2", [0, 1, 0], { source: "test2" });
      await store.store("v3", [0.9, 0.1, 0], { source: "test3" });
      const results = await store.search([1, 0, 0], 2);
      assert.deepEqual(ids(results), ["v1", "v3"]);
      assert.deepEqual(results[0]?.metadata, { source: "test1" });
    },
  },
  {
    name: "scores by cosine similarity, whatever the length",
    async run(store) {
      await store.store("same", [3e30, 4e30]);
      await store.store("slanted", [4e-20, 3e-20]);
      await store.store("across", [-8, 6]);
      await store.store("opposite", [-0.3, -0.4]);
      const results = await store.search(new Float32Array([6, 8]), 9);
      assert.deepEqual(ids(results), ["same", "slanted", "across", "opposite"]);
      [1, 0.96, 0, -1].forEach((score, index) => {
        assert.ok(Math.abs((results[index]?.score ?? NaN) - score) < 1e-5, `score ${index}`);
      });
      assert.ok(results.every(({ score }) => score >= -1 && score <= 1));
    },
  },
  {
    name: "orders ties by id, also where k cuts through them",
    async run(store) {
      const tied = ["b", "a", "ä", "Z", "10", "9", "👋", "\uffee"];
      for (const id of tied) await store.store(id, [0.5, 0.25, 0.125]);
      await store.store("nearest", [1, 1, 1]);
      const sorted = ["nearest", "10", "9", "Z", "a", "b", "ä", "\uffee", "👋"];
      for (const k of [9, 4, 2]) {
        assert.deepEqual(ids(await store.search([1, 1, 1], k)), sorted.slice(0, k));
      }
    },
  },
  {
    name: "gives k at most, and all when k is larger than the collection",
    async run(store) {
      await storeFan(store, 30);
      assert.deepEqual(ids(await store.search(at(0), 3)), ["00", "01", "02"]);
      assert.equal((await store.search(at(0), 30)).length, 30);
      assert.equal((await store.search(at(0), 10_000)).length, 30);
      assert.deepEqual(await store.search(at(0), 0), []);
    },
  },
  {
    name: "filters before it ranks, so that k are found whenever k match",
    async run(store) {
      await storeFan(store, 60);
      const found = async (filters: VectorFilters, k = 3) =>
        ids(await store.search(at(0), k, filters));
      assert.deepEqual(await found({ tens: 5 }), ["50", "51", "52"]);
      assert.deepEqual(await found({ odd: true }), ["01", "03", "05"]);
      assert.deepEqual(await found({ odd: false, tens: 4 }), ["40", "42", "44"]);
      assert.deepEqual(await found({ id: "59" }), ["59"]);
      assert.deepEqual(await found({}), ["00", "01", "02"]);
      assert.equal((await found({ odd: true }, 60)).length, 30);
    },
  },
  {
    name: "finds nothing when a filter matches nothing",
    async run(store) {
      await storeFan(store, 20);
      const hard = ["' OR 1=1 --", '","odd', "toString", "__proto__", "a.b", ""];
      for (const key of hard) assert.deepEqual(await store.search(at(0), 3, { [key]: 1 }), []);
      assert.deepEqual(await store.search(at(0), 3, { tens: 7 }), []);
      assert.deepEqual(await store.search(at(0), 3, { tens: 1, odd: "true" }), []);
    },
  },
  {
    name: "keeps apart filter values that look alike",
    async run(store) {
      await store.store("number", [1, 0], { value: 1 });
      await store.store("text", [1, 0], { value: "1" });
      await store.store("truth", [1, 0], { value: true });
      await store.store("word", [1, 0], { value: "true" });
      await store.store("nested", [1, 0], { value: { value: 1 }, other: [1], none: null });
      const found = async (value: string | number | boolean) =>
        ids(await store.search([1, 0], 9, { value }));
      assert.deepEqual(await found(1), ["number"]);
      assert.deepEqual(await found("1"), ["text"]);
      assert.deepEqual(await found(true), ["truth"]);
      assert.deepEqual(await found("true"), ["word"]);
      assert.deepEqual(await found(1.5), []);
    },
  },
  {
    name: "filters by any text, long ones included",
    async run(store) {
      const long = "x".repeat(100_000);
      const texts = [...HARD_TEXTS, ...UNSTORABLE_TEXTS, long, `${long}y`];
      for (const [index, text] of texts.entries()) {
        await store.store(`v${index}`, [1, index], { text, [text]: index });
      }
      for (const [index, text] of texts.entries()) {
        assert.deepEqual(ids(await store.search([1, 0], 9, { text })), [`v${index}`]);
        assert.deepEqual(ids(await store.search([1, 0], 9, { [text]: index })), [`v${index}`]);
      }
    },
  },
  {
    name: "replaces embedding and metadata of an id",
    async run(store) {
      await store.store("other", [0.9, 0.1], { color: "blue" });
      await store.store("v1", [1, 0], { color: "red", size: 3 });
      assert.deepEqual(ids(await store.search([1, 0], 1)), ["v1"]);
      assert.deepEqual(ids(await store.search([1, 0], 9, { color: "red" })), ["v1"]);
      await store.store("v1", [0, 1], { color: "blue" });
      assert.deepEqual(ids(await store.search([1, 0], 9)), ["other", "v1"]);
      assert.deepEqual(await store.search([1, 0], 9, { color: "red" }), []);
      assert.deepEqual(await store.search([1, 0], 9, { size: 3 }), []);
      assert.deepEqual(ids(await store.search([1, 0], 9, { color: "blue" })), ["other", "v1"]);
      const [nearest] = await store.search([0, 1], 1);
      assert.deepEqual(nearest, { id: "v1", score: 1, metadata: { color: "blue" } });
      assert.equal(await store.count(), 2);
    },
  },
  {
    name: "deletes embeddings, which are then not found, and passes over unknown ids",
    async run(store) {
      await store.store("v1", [1, 0, 0]);
      assert.equal(await store.delete(["v1"]), 1);
      assert.deepEqual(await store.search([1, 0, 0], 10), []);
      await storeFan(store, 20);
      assert.equal(await store.delete(["03", "00", "03", "nobody"]), 2);
      assert.equal(await store.delete([]), 0);
      assert.deepEqual(ids(await store.search(at(0), 3)), ["01", "02", "04"]);
      assert.deepEqual(ids(await store.search(at(0), 2, { odd: true })), ["01", "05"]);
      assert.equal(await store.count(), 18);
      await store.store("03", at(0.5), { odd: true });
      assert.deepEqual(ids(await store.search(at(0), 2, { odd: true })), ["03", "01"]);
    },
  },
  {
    name: "gives back metadata of any shape",
    async run(store) {
      const metadata: JsonObject = {
        text: [...HARD_TEXTS],
        number: [0, 1.5, -3, 1e300, Number.MAX_SAFE_INTEGER],
        nested: { list: [[], [{}]], none: null, yes: true },
        "": "",
        ["__proto__"]: { polluted: true },
      };
      await store.store("v1", [1], metadata);
      await store.store("plain", [-1]);
      const results = await store.search([1], 2);
      assert.deepEqual(results[0]?.metadata, metadata);
      assert.deepEqual(results[1]?.metadata, {});
    },
  },
  {
    name: "takes any id that is a text",
    async run(store) {
      const texts = HARD_TEXTS.filter((text) => text !== "");
      for (const [index, id] of texts.entries()) await store.store(id, at(index));
      assert.deepEqual(ids(await store.search(at(0), 99)), texts);
      assert.equal(await store.delete(texts), texts.length);
      assert.equal(await store.count(), 0);
    },
  },
  {
    name: "refuses malformed ids, and names what it refuses",
    async run(store) {
      for (const id of ["", ...UNSTORABLE_TEXTS, HUGE_ID]) {
        await rejectsWith("invalid_input", store.store(id, [1]));
        await rejectsWith("invalid_input", store.delete(["fine", id]));
      }
      const error = await rejectsWith("invalid_input", store.store("my id", [1, NaN]));
      assert.match(error.message, /"my id".*embedding\[1\]/s);
      assert.equal(await store.count(), 0);
    },
  },
  {
    name: "refuses embeddings that have no direction",
    async run(store) {
      await store.store("good", [1, 2]);
      const strange = [[NaN, 1], [1, Infinity], [1, -Infinity], [0, 0], [1e39, 1], [1e-50, 0], []];
      for (const embedding of strange) {
        await rejectsWith("invalid_input", store.store("bad", embedding));
        await rejectsWith("invalid_input", store.search(embedding, 1));
        await rejectsWith("invalid_input", store.store("good", new Float32Array(embedding)));
      }
      await rejectsWith("invalid_input", store.store("bad", new Float32Array(8193).fill(1)));
      await rejectsWith("invalid_input", store.store("bad", JSON.parse('["1", null]')));
      assert.deepEqual(ids(await store.search([1, 2], 9)), ["good"]);
    },
  },
  {
    name: "refuses malformed metadata, filters and counts",
    async run(store) {
      await store.store("v1", [1, 0], { a: 1 });
      for (const metadata of [{ a: NaN }, { a: { b: undefined } }, { a: new Date() }, [1]]) {
        // Programs without types hand in what the types forbid.
        const untyped = metadata as unknown as JsonObject;
        await rejectsWith("invalid_input", store.store("v2", [1, 0], untyped));
      }
      for (const filters of [{ a: NaN }, { a: null }, { a: { b: 1 } }, [1], "a"]) {
        const untyped = filters as unknown as VectorFilters;
        await rejectsWith("invalid_input", store.search([1, 0], 1, untyped));
      }
      for (const k of [-1, 1.5, NaN, 10_001]) {
        await rejectsWith("invalid_input", store.search([1, 0], k));
      }
      assert.equal(await store.count(), 1);
    },
  },
  {
    name: "refuses embeddings of another length",
    async run(store) {
      await store.store("v1", [1, 0, 0]);
      await rejectsWith("dimension_mismatch", store.store("v2", [1, 0]));
      await rejectsWith("dimension_mismatch", store.store("v1", [1, 0, 0, 0]));
      await rejectsWith("dimension_mismatch", store.search([1, 0], 1));
      assert.deepEqual(ids(await store.search([1, 0, 0], 9)), ["v1"]);
    },
  },
  {
    name: "keeps the first of two lengths that are stored at once",
    async run(store) {
      const first = store.store("v1", [1, 0, 0]);
      await rejectsWith("dimension_mismatch", store.store("v2", [1, 0]));
      await first;
      assert.equal(await store.count(), 1);
    },
  },
  {
    name: "takes another length once it has been emptied",
    async run(store) {
      await store.store("v1", [1, 0, 0], { a: 1 });
      assert.deepEqual(ids(await store.search([1, 0, 0], 1, { a: 1 })), ["v1"]);
      await store.delete(["v1"]);
      await store.store("v2", [0, 1, 0, 0], { a: 1 });
      assert.deepEqual(ids(await store.search([0, 1, 0, 0], 1, { a: 1 })), ["v2"]);
      await rejectsWith("dimension_mismatch", store.search([1, 0, 0], 1));
    },
  },
  {
    name: "answers from an empty collection",
    async run(store) {
      assert.deepEqual(await store.search([1, 2, 3], 5), []);
      assert.deepEqual(await store.search([1, 2], 5, { a: 1 }), []);
      assert.equal(await store.delete(["v1"]), 0);
      assert.equal(await store.count(), 0);
    },
  },
  {
    name: "finds what was stored a moment before, without waiting",
    async run(store) {
      const writes = [store.store("a", [1, 0]), store.store("b", [0, 1]), store.delete(["a"])];
      assert.deepEqual(ids(await store.search([1, 0], 9)), ["b"]);
      await Promise.all(writes);
    },
  },
  {
    name: "does not change when what was handed in or given back is changed",
    async run(store) {
      const embedding = new Float32Array([1, 0]);
      const metadata: Record<string, number> = { a: 1 };
      const stored = store.store("v1", embedding, metadata);
      embedding.fill(-1);
      metadata["a"] = 2;
      await stored;
      const [first] = await store.search([1, 0], 1);
      assert.deepEqual(first, { id: "v1", score: 1, metadata: { a: 1 } });
      Object.assign(first?.metadata ?? {}, { a: 3 });
      assert.deepEqual((await store.search([1, 0], 1, { a: 1 }))[0]?.metadata, { a: 1 });
    },
  },
  {
    name: "takes embeddings of every length, from 1 to 8192 numbers",
    async run(store) {
      for (const length of [1, 2, 3, 16, 17, 63, 64, 65, 100, 768, 1023, 8192]) {
        const positive = new Float32Array(length).fill(1);
        const mixed = positive.map((_value, index) => index % 3 === 0 ? -1 : 1);
        await store.store("positive", positive);
        await store.store("mixed", mixed);
        await store.store("negative", positive.map((value) => -value));
        const results = await store.search(positive, 3);
        assert.equal(results[0]?.score, 1);
        assert.equal(results[2]?.score, -1);
        if (length > 1) assert.deepEqual(ids(results), ["positive", "mixed", "negative"]);
        assert.equal(await store.delete(["positive", "mixed", "negative"]), 3);
      }
    },
  },
  {
    name: "agrees with comparing everything, after any stores, deletions and searches",
    async run(store) {
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { maxLength: 60 }), async (steps) => {
          await store.delete(ALL_IDS);
          const model: Model = new Map();
          for (const step of steps) await step(store, model);
          assert.equal(await store.count(), model.size);
        }),
        { numRuns: 40 },
      );
    },
  },
  {
    name: "gives up with the signal's reason, and writes nothing",
    async run(store) {
      const reason = new Error("changed my mind");
      const signal = AbortSignal.abort(reason);
      await assert.rejects(store.store("v1", [1], {}, { signal }), reason);
      await assert.rejects(store.search([1], 1, {}, { signal }), reason);
      await assert.rejects(store.delete(["v1"], { signal }), reason);
      await assert.rejects(store.count({ signal }), reason);
      assert.equal(await store.count(), 0);
    },
  },
  {
    name: "refuses everything once closed, and closes twice",
    async run(store) {
      const pending = store.store("v1", [1]);
      await store.close();
      await store.close();
      await pending;
      await rejectsWith("closed", store.store("v2", [1]));
      await rejectsWith("closed", store.search([1], 1));
      await rejectsWith("closed", store.delete(["v1"]));
      await rejectsWith("closed", store.count());
    },
  },
];

/** Two stores that are open at once share nothing. */
function isolation(options: ConformanceOptions<VectorStore>): Case<VectorStore> {
  return {
    name: "shares nothing with another store",
    async run(store) {
      await using other = await options.open();
      await store.store("v1", [1, 0, 0]);
      await other.store("v1", [0, 1]);
      assert.deepEqual(ids(await store.search([1, 0, 0], 9)), ["v1"]);
      assert.equal(await other.delete(["v1"]), 1);
      assert.equal(await store.count(), 1);
    },
  };
}

/** What a store should hold. */
type Model = Map<string, { readonly embedding: Float32Array; readonly metadata: JsonObject }>;

/** Something that is done to a store and to its model. */
type Step = (store: VectorStore, model: Model) => Promise<void>;

const ALL_IDS = Array.from({ length: 20 }, (_, index) => `v${index}`);
const ID = fc.constantFrom(...ALL_IDS);
const METADATA = fc.record({ tag: fc.constantFrom("a", "b", 1, true) }, {
  requiredKeys: [],
  noNullPrototype: true,
});
const EMBEDDING = fc.float32Array({
  minLength: 5,
  maxLength: 5,
  min: -1,
  max: 1,
  noNaN: true,
}).filter((numbers) => Math.hypot(...numbers) > 1e-3);

const STORE: fc.Arbitrary<Step> = fc.record({ id: ID, embedding: EMBEDDING, metadata: METADATA })
  .map(({ id, embedding, metadata }) => async (store, model) => {
    await store.store(id, embedding, metadata);
    model.set(id, { embedding, metadata });
  });

const DELETE: fc.Arbitrary<Step> = fc.array(ID, { maxLength: 5 })
  .map((wanted) => async (store, model) => {
    const held = new Set(wanted.filter((id) => model.has(id)));
    assert.equal(await store.delete(wanted), held.size);
    for (const id of held) model.delete(id);
  });

const SEARCH: fc.Arbitrary<Step> = fc.record({
  query: EMBEDDING,
  k: fc.integer({ min: 0, max: 25 }),
  filters: METADATA,
}).map(({ query, k, filters }) => async (store, model) => {
  const results = await store.search(query, k, filters);
  const matching = [...model].filter(([_id, { metadata }]) =>
    Object.entries(filters).every(([key, value]) => metadata[key] === value)
  );
  const scores = matching.map(([_id, { embedding }]) => cosine(query, embedding))
    .sort((a, b) => b - a).slice(0, k);
  assert.equal(new Set(ids(results)).size, scores.length);
  // Two embeddings may be so near to each other that rounding decides which is first.
  results.forEach(({ id, score, metadata }, index) => {
    const held = matching.find(([heldId]) => heldId === id)?.[1];
    assert.ok(held !== undefined, `${id} does not match`);
    assert.deepEqual(metadata, held.metadata);
    assert.ok(Math.abs(score - cosine(query, held.embedding)) < 1e-5, `score of ${id}`);
    assert.ok(Math.abs(score - (scores[index] ?? NaN)) < 1e-5, `score at ${index}`);
  });
});

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: STORE, weight: 6 },
  { arbitrary: DELETE, weight: 1 },
  { arbitrary: SEARCH, weight: 2 },
);

function cosine(a: Float32Array, b: Float32Array): number {
  const product = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return product / (Math.hypot(...a) * Math.hypot(...b));
}

const REOPEN_CASES: readonly ReopenCase<VectorStore>[] = [
  {
    name: "finds embeddings, metadata and their length after reopening",
    async before(store) {
      await storeFan(store, 40);
      assert.deepEqual(ids(await store.search(at(0), 1)), ["00"]);
      await store.delete(["00", "20"]);
      await store.store("01", at(39.5), { odd: false });
    },
    async after(store) {
      assert.equal(await store.count(), 38);
      assert.deepEqual(ids(await store.search(at(40), 3)), ["01", "39", "38"]);
      assert.deepEqual(ids(await store.search(at(0), 2, { odd: false })), ["02", "04"]);
      assert.deepEqual(ids(await store.search(at(0), 1, { tens: 2 })), ["21"]);
      await rejectsWith("dimension_mismatch", store.store("new", [1, 0, 0]));
      await rejectsWith("dimension_mismatch", store.search([1, 0, 0], 1));
      await store.store("new", at(0));
      assert.deepEqual(ids(await store.search(at(0), 2)), ["new", "02"]);
    },
  },
  {
    name: "is empty after reopening when everything was deleted",
    async before(store) {
      await storeFan(store, 10);
      await store.search(at(0), 1);
      const all = await store.search(at(0), 10);
      await store.delete(ids(all));
    },
    async after(store) {
      assert.equal(await store.count(), 0);
      assert.deepEqual(await store.search([1, 2, 3], 5), []);
      await store.store("new", [1, 2, 3]);
      assert.deepEqual(ids(await store.search([1, 2, 3], 5)), ["new"]);
    },
  },
];
