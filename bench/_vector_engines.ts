// SPDX-License-Identifier: Apache-2.0

/**
 * The vector stores that are measured, each behind the same shape.
 *
 * Peers are imported by names that are not known before: one that cannot be loaded here is left out,
 * and none of them gets into the lock of the workspace.
 */

import { openVectorStore, type VectorStoreOptions } from "@sigil/store/sqlite";
import { DatabaseSync } from "node:sqlite";

/** A vector store under measurement. */
export interface Engine extends AsyncDisposable {
  /** Finds the 10 nearest and gives their indexes. */
  search(query: Float32Array): Promise<readonly number[]>;
}

/** Opens an engine that holds these vectors, with files in `folder`. */
export type OpenEngine = (
  vectors: readonly Float32Array[],
  folder: string,
) => Promise<Engine>;

const K = 10;
/** How long a peer may build before it is left out. */
const MAX_BUILD_MS = 180_000;
/** How many vectors a peer adds before it looks at the clock. */
const STEP = 5000;

/** Every engine by its name; ratios are to the first. */
export const ENGINES: Readonly<Record<string, OpenEngine>> = {
  "sigil sqlite": openSigil,
  "sigil sqlite approximate": openSigilApproximate,
  "sqlite-vec vec0 float": openVec0,
  "lancedb flat": openLance,
  "usearch exact": openUsearchExact,
  "usearch hnsw": openUsearchHnsw,
  "hnswlib-node": openHnswlib,
};

/** Engines that build a graph first, which takes minutes. */
export const SLOW_ENGINES: ReadonlySet<string> = new Set([
  "usearch hnsw",
  "hnswlib-node",
]);

async function openSigil(
  vectors: readonly Float32Array[],
  folder: string,
  options: VectorStoreOptions = {},
): Promise<Engine> {
  const path = `${folder}/sigil-${crypto.randomUUID()}.db`;
  const writer = await openVectorStore(path);
  for (let first = 0; first < vectors.length; first += 256) {
    const group = vectors.slice(first, first + 256);
    await Promise.all(
      group.map((vector, index) => writer.store(`${first + index}`, vector)),
    );
  }
  await writer.search(vectors[0] ?? [], 1);
  await writer.close();
  const store = await openVectorStore(path, options);
  return {
    search: async (query) => (await store.search(query, K)).map(({ id }) => Number(id)),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** Looks at one bit of each number first, once the first searches have shown that this is enough. */
async function openSigilApproximate(
  vectors: readonly Float32Array[],
  folder: string,
): Promise<Engine> {
  const engine = await openSigil(vectors, folder, { approximate: true });
  for (const vector of vectors.slice(0, 40)) await engine.search(vector);
  return engine;
}

async function openVec0(
  vectors: readonly Float32Array[],
  folder: string,
): Promise<Engine> {
  const { load } = await importPeer("sqlite-vec");
  const database = new DatabaseSync(`${folder}/vec0.db`, {
    allowExtension: true,
  });
  load(database);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA cache_size = -1048576;
    PRAGMA mmap_size = 1073741824;
    CREATE VIRTUAL TABLE items USING vec0 (
      id INTEGER PRIMARY KEY, value float[${vectors[0]?.length}] distance_metric=cosine);
    BEGIN;
  `);
  const insert = database.prepare(
    "INSERT INTO items (id, value) VALUES (?, ?)",
  );
  vectors.forEach((vector, index) => insert.run(BigInt(index), bytesOf(vector)));
  database.exec("COMMIT");
  const select = database.prepare(
    `SELECT id FROM items WHERE value MATCH ? AND k = ${K}`,
  );
  return {
    search: async (query) => select.all(bytesOf(query)).map((row) => Number(row["id"])),
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

async function openLance(
  vectors: readonly Float32Array[],
  folder: string,
): Promise<Engine> {
  const { connect } = await importPeer("@lancedb/lancedb");
  const database = await connect(`${folder}/lance`);
  const rows = (first: number) =>
    vectors.slice(first, first + 5000)
      .map((vector, index) => ({ id: first + index, vector: [...vector] }));
  const table = await database.createTable("items", rows(0));
  for (let first = 5000; first < vectors.length; first += 5000) {
    await table.add(rows(first));
  }
  await table.optimize();
  return {
    async search(query) {
      const found = await table.vectorSearch(query).distanceType("cosine")
        .limit(K).select(["id", "_distance"])
        .toArray();
      return found.map((row: { id: number }) => row.id);
    },
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

async function openUsearchExact(
  vectors: readonly Float32Array[],
): Promise<Engine> {
  const { exactSearch, MetricKind } = await importPeer("usearch");
  const dimensions = vectors[0]?.length ?? 0;
  const all = flatten(vectors, dimensions);
  return {
    search: async (query) =>
      Array.from(
        exactSearch(all, query, dimensions, K, MetricKind.Cos, 1).keys,
        Number,
      ),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function openUsearchHnsw(
  vectors: readonly Float32Array[],
): Promise<Engine> {
  const { Index, MetricKind } = await importPeer("usearch");
  const dimensions = vectors[0]?.length ?? 0;
  const index = new Index(dimensions, MetricKind.Cos);
  addInSteps(vectors, (first, some) =>
    index.add(
      BigUint64Array.from(some, (_, i) => BigInt(first + i)),
      flatten(some, dimensions),
    ));
  return {
    search: async (query) => Array.from(index.search(query, K, 1).keys, Number),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function openHnswlib(vectors: readonly Float32Array[]): Promise<Engine> {
  const { HierarchicalNSW } = await importPeer("hnswlib-node");
  const index = new HierarchicalNSW("cosine", vectors[0]?.length ?? 0);
  index.initIndex(vectors.length);
  addInSteps(
    vectors,
    (first, some) => some.forEach((vector, i) => index.addPoint([...vector], first + i)),
  );
  index.setEf(100);
  return {
    search: async (query) => index.searchKnn([...query], K).neighbors,
    [Symbol.asyncDispose]: async () => {},
  };
}

function addInSteps(
  vectors: readonly Float32Array[],
  add: (first: number, some: readonly Float32Array[]) => void,
): void {
  const start = performance.now();
  for (let first = 0; first < vectors.length; first += STEP) {
    if (performance.now() - start > MAX_BUILD_MS) {
      throw new Error(`it built for ${MAX_BUILD_MS / 1000} s and had ${first} vectors`);
    }
    add(first, vectors.slice(first, first + STEP));
  }
}

// deno-lint-ignore no-explicit-any -- peers are not installed where types are checked
function importPeer(name: string): Promise<any> {
  return import(name);
}

function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

function flatten(
  vectors: readonly Float32Array[],
  dimensions: number,
): Float32Array {
  const all = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, index) => all.set(vector, index * dimensions));
  return all;
}
