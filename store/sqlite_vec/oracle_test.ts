// SPDX-License-Identifier: Apache-2.0

/** The default engine against sqlite-vec: the same answers after the same changes. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openVectorStore } from "../sqlite/vector_store.ts";
import type { VectorFilters, VectorResult, VectorStore } from "../vector_store.ts";
import { openSqliteVecStore } from "./vector_store.ts";

/** The engine under test and its oracle. */
interface Pair {
  store: VectorStore;
  oracle: VectorStore;
  readonly reopen: () => Promise<void>;
}

type Step = (pair: Pair) => Promise<void>;

async function openPair(directory: string): Promise<Pair> {
  const name = crypto.randomUUID();
  const openBoth = async () => ({
    store: await openVectorStore(`${directory}/${name}.db`),
    oracle: await openSqliteVecStore(`${directory}/${name}.vec.db`),
  });
  const pair: Pair = {
    ...await openBoth(),
    async reopen() {
      await Promise.all([pair.store.close(), pair.oracle.close()]);
      Object.assign(pair, await openBoth());
    },
  };
  return pair;
}

const ID = fc.integer({ min: 0, max: 400 }).map((number) => `v${number}`);
const METADATA = fc.record({
  color: fc.constantFrom("red", "blue", 7),
  flag: fc.boolean(),
}, { requiredKeys: [], noNullPrototype: true });

/** Embeddings in clusters, some of them equal or nearly so, and some of very different lengths. */
function embedding(dimensions: number): fc.Arbitrary<Float32Array> {
  return fc.record({
    cluster: fc.integer({ min: 1, max: 5 }),
    spread: fc.constantFrom(0, 1e-3, 0.1, 1),
    scale: fc.constantFrom(1, 1e-6, 1e6),
    noise: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: dimensions,
      maxLength: dimensions,
    }),
  }).map(({ cluster, spread, scale, noise }) =>
    Float32Array.from(
      noise,
      (value, index) => scale * (Math.sin(cluster * (index + 1)) + spread * value),
    )
  );
}

function steps(dimensions: number): fc.Arbitrary<Step[]> {
  const stored = fc.record({ id: ID, vector: embedding(dimensions), metadata: METADATA });
  const storeMany = fc.array(stored, { minLength: 1, maxLength: 80 }).map((items): Step => {
    return async ({ store, oracle }) => {
      for (const target of [store, oracle]) {
        await Promise.all(items.map(({ id, vector, metadata }) => {
          return target.store(id, vector, metadata);
        }));
      }
    };
  });
  const deleteMany = fc.array(ID, { maxLength: 60 }).map((ids): Step => {
    return async ({ store, oracle }) => {
      assertEquals(await store.delete(ids), await oracle.delete(ids));
    };
  });
  const query = fc.record({
    vector: embedding(dimensions),
    k: fc.integer({ min: 0, max: 120 }),
    filters: METADATA,
  });
  const search = query.map(({ vector, k, filters }): Step => (pair) => {
    return checkSearch(pair, vector, k, filters);
  });
  const reopen = fc.constant<Step>((pair) => pair.reopen());
  return fc.array(
    fc.oneof(
      { arbitrary: storeMany, weight: 4 },
      { arbitrary: deleteMany, weight: 1 },
      { arbitrary: search, weight: 4 },
      { arbitrary: reopen, weight: 1 },
    ),
    { maxLength: 25 },
  );
}

async function checkSearch(
  { store, oracle }: Pair,
  vector: Float32Array,
  k: number,
  filters: VectorFilters,
): Promise<void> {
  assertSame(await store.search(vector, k, filters), await oracle.search(vector, k, filters));
  assertEquals(await store.count(), await oracle.count());
}

/** The oracle keeps vectors of length one, so scores may differ by rounding, and with them the order. */
function assertSame(actual: readonly VectorResult[], expected: readonly VectorResult[]): void {
  assertEquals(actual.length, expected.length);
  const last = expected.at(-1)?.score ?? 0;
  const scores = new Map(expected.map(({ id, score }) => [id, score]));
  actual.forEach(({ id, score }, index) => {
    assert(Math.abs(score - (expected[index]?.score ?? NaN)) < 1e-6, `score at ${index}`);
    const other = scores.get(id) ?? last;
    assert(Math.abs(score - other) < 1e-6, `${id} has ${score}, not ${other}`);
  });
}

for (const dimensions of [2, 16, 130]) {
  Deno.test(`openVectorStore() agrees with sqlite-vec in ${dimensions} dimensions`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "sigil-" });
    try {
      await fc.assert(
        fc.asyncProperty(steps(dimensions), async (list) => {
          const pair = await openPair(directory);
          try {
            for (const step of list) await step(pair);
          } finally {
            await Promise.all([pair.store.close(), pair.oracle.close()]);
          }
        }),
        { numRuns: 15 },
      );
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}
