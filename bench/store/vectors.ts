// SPDX-License-Identifier: Apache-2.0

/** The nearest of many vectors, against the engines of `../vectors.ts`, and how that grows. */

import { openVectorStore } from "@sigil/store/sqlite";
import { makeVectorData, type VectorData } from "../_vector_data.ts";
import { type Engine, ENGINES } from "../_vector_engines.ts";
import { type Context, largest } from "./_context.ts";
import { createVectors, inGroups } from "./_data.ts";
import { bytesOnDisk, eachAwaited, interleave, median } from "./_measure.ts";
import { measureResident } from "./_measure_resident.ts";
import { type Growth, inBestUnit } from "./_report.ts";

const DIMENSIONS = 768;
/** The peers read all that they hold for each search, or build for minutes. */
const MOST = 100_000;
const K = 10;
const QUERIES = 20;
const OURS = "sigil sqlite";
const VEC0 = "sqlite-vec vec0 float";
const LANCE = "lancedb flat";
/** They build a graph for minutes. */
const GRAPHS = ["usearch hnsw", "hnswlib-node"];

/** Measures the rows `vectors`, `vector-disk` and `vector-memory`, and how a search grows. */
export async function measureVectors(context: Context): Promise<void> {
  const wantsRows = ["vectors", "vector-disk", "vector-memory"].some(
    context.wants,
  );
  if (wantsRows) await measureEngines(context);
  if (context.wants("growth")) await measureGrowth(context);
}

async function measureEngines(context: Context): Promise<void> {
  const count = context.isQuick ? 5000 : Math.min(MOST, largest(context));
  context.say(`${count} vectors`);
  const data = makeVectorData("clustered", {
    count,
    dimensions: DIMENSIONS,
    queries: QUERIES,
  });
  const folder = `${context.folder}/vectors`;
  await Deno.mkdir(folder);
  {
    await using opened = new AsyncDisposableStack();
    const engines = new Map<string, Engine>();
    for (const [name, open] of Object.entries(ENGINES)) {
      if (context.isQuick && GRAPHS.includes(name)) continue;
      context.say(`building ${name}`);
      try {
        engines.set(name, opened.use(await open(data.vectors, folder)));
      } catch (error) {
        context.say(`${name} is left out: ${String(error).split("\n")[0]}`);
      }
    }
    if (context.wants("vectors")) {
      await measureSearch(context, engines, data, count);
    }
  }
  await measureSizes(context, folder, count);
}

async function measureSearch(
  context: Context,
  engines: ReadonlyMap<string, Engine>,
  { queries, nearest }: VectorData,
  count: number,
): Promise<void> {
  context.say("searching vectors");
  const recalls: string[] = [];
  for (const [name, engine] of engines) {
    let right = 0;
    for (const [index, query] of queries.entries()) {
      right += (await engine.search(query)).filter((id) => nearest[index]?.has(id)).length;
    }
    recalls.push(
      `${nameOf(name)} ${(right / (K * queries.length)).toFixed(3)}`,
    );
  }
  const contenders = [...engines].map(([name, engine]) =>
    eachAwaited(
      nameOf(name),
      queries.length,
      (n) => engine.search(queries[n] ?? new Float32Array()),
    )
  );
  const figures = await interleave(contenders, context.rounds);
  const what = `the ${K} nearest of ${count.toLocaleString("en")} vectors of ${DIMENSIONS} numbers`;
  const comparisons = [
    {
      what: `${what} (recall: ${recalls.join(", ")})`,
      against: VEC0,
      faster: 15,
    },
    { what: `${what}, against LanceDB`, against: LANCE, faster: 20 },
  ];
  for (const { what, against, faster } of comparisons) {
    if (!(against in figures)) continue;
    await context.keepRow(
      inBestUnit({ row: "vectors", what, figures, against, target: { faster } }),
    );
  }
}

async function measureSizes(
  context: Context,
  folder: string,
  count: number,
): Promise<void> {
  const items = `each of ${count.toLocaleString("en")} vectors of ${DIMENSIONS} numbers`;
  if (context.wants("vector-disk")) {
    await context.keepRow({
      row: "vector-disk",
      what: `disk for ${items}`,
      unit: "bytes",
      figures: {
        "Sigil": bytesOnDisk(findOurs(folder)) / count,
        [VEC0]: bytesOnDisk(`${folder}/vec0.db`) / count,
        [LANCE]: bytesOfFolder(`${folder}/lance`) / count,
        "the numbers alone": DIMENSIONS * 4,
      },
    });
  }
  if (context.wants("vector-memory")) {
    const engines = [
      ["Sigil", "vectors", findOurs(folder)],
      [LANCE, "lancedb", `${folder}/lance`],
    ] as const;
    const figures = await measureResident(context, engines, count);
    await context.keepRow({
      row: "vector-memory",
      what: `memory for ${items} that are searched`,
      unit: "bytes",
      figures,
    });
  }
}

async function measureGrowth(context: Context): Promise<void> {
  const growth: Growth = {
    file: "growth-vectors",
    title: `Vectors of ${DIMENSIONS} numbers: one call, by the vectors that are stored`,
    sizeOf: "vectors",
    series: [
      { name: "store one, in groups of 1,000", points: [] },
      { name: `the ${K} nearest`, points: [] },
      { name: "the first search after opening", points: [] },
    ],
  };
  const path = `${context.folder}/growing-vectors.db`;
  const next = createVectors(DIMENSIONS);
  let filled = 0;
  for (const size of context.sizes) {
    context.say(`${size} vectors`);
    const storeMs = await addVectors(path, filled, size, next);
    filled = size;
    const { first, others } = await searchAfterOpening(path, context, next);
    for (const [index, cost] of [storeMs, others, first].entries()) {
      growth.series[index]?.points.push([size, cost]);
    }
    await context.keepGrowth(growth);
  }
}

/** Gives how long each took; making the vectors is no part of it. */
async function addVectors(
  path: string,
  from: number,
  to: number,
  next: () => Float32Array,
): Promise<number> {
  await using store = await openVectorStore(path);
  let spent = 0;
  for (let first = from; first < to; first += 1000) {
    const last = Math.min(to, first + 1000);
    const vectors = Array.from({ length: last - first }, next);
    const start = performance.now();
    await inGroups(
      first,
      last,
      (index) => store.store(`${index}`, vectors[index - first] ?? []),
    );
    spent += performance.now() - start;
  }
  await store.search(next(), 1);
  return spent / (to - from);
}

async function searchAfterOpening(
  path: string,
  context: Context,
  next: () => Float32Array,
): Promise<{ readonly first: number; readonly others: number }> {
  await using store = await openVectorStore(path);
  const times: number[] = [];
  for (let n = 0; n <= context.rounds * 3; n++) {
    const query = next();
    const start = performance.now();
    await store.search(query, K);
    times.push(performance.now() - start);
  }
  const [first = NaN, ...others] = times;
  return { first, others: median(others) };
}

/** The engine names its files itself; all of ours hold the same vectors. */
function findOurs(folder: string): string {
  for (const { name } of Deno.readDirSync(folder)) {
    if (name.startsWith("sigil-") && name.endsWith(".db")) return `${folder}/${name}`;
  }
  throw new Error(`no file of ours is in ${folder}`);
}

/** Ours is called alike in every row. */
function nameOf(engine: string): string {
  return engine === OURS ? "Sigil" : engine;
}

function bytesOfFolder(path: string): number {
  let sum = 0;
  try {
    for (const { name, isDirectory } of Deno.readDirSync(path)) {
      sum += isDirectory ? bytesOfFolder(`${path}/${name}`) : Deno.statSync(`${path}/${name}`).size;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NaN;
    throw error;
  }
  return sum;
}
