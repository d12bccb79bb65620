// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- it prints a table

/**
 * The vector store against its peers: `deno task bench:vectors`.
 *
 * Options: `--count 100000 --dimensions 768 --queries 50 --spread clustered|normal`, and `--all` for
 * the peers that build a graph first. Every query is put to one engine after the other, so that
 * whatever else the machine does meets all of them alike.
 */

import { parseArgs } from "node:util";
import {
  makeVectorData,
  type Spread,
  type VectorData,
} from "./_vector_data.ts";
import { type Engine, ENGINES, SLOW_ENGINES } from "./_vector_engines.ts";

/** What was measured of one engine. */
interface Measure {
  readonly engine: string;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly recall: number;
  readonly buildSeconds: number;
  /** How many times as long as ours. */
  ratio?: number;
}

const { values: options } = parseArgs({
  options: {
    count: { type: "string", default: "100000" },
    dimensions: { type: "string", default: "768" },
    queries: { type: "string", default: "50" },
    spread: { type: "string" },
    all: { type: "boolean", default: false },
  },
});
const size = {
  count: Number(options.count),
  dimensions: Number(options.dimensions),
  queries: Number(options.queries),
};

const report = [];
for (const spread of ["clustered", "normal"] as const) {
  if (options.spread === undefined || options.spread === spread) {
    report.push(await measure(spread));
  }
}
const results = new URL("results/", import.meta.url);
await Deno.mkdir(results, { recursive: true });
await Deno.writeTextFile(
  new URL("vectors.json", results),
  `${JSON.stringify(report, null, 2)}\n`,
);

/** Measures every engine on one kind of data. */
async function measure(spread: Spread) {
  const data = makeVectorData(spread, size);
  const folder = await Deno.makeTempDir({ prefix: "sigil-bench-" });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const engines = new Map<string, { engine: Engine; buildSeconds: number }>();
  for (const [name, open] of Object.entries(ENGINES)) {
    if (SLOW_ENGINES.has(name) && !options.all) continue;
    const start = performance.now();
    try {
      const engine = opened.use(await open(data.vectors, folder));
      engines.set(name, {
        engine,
        buildSeconds: (performance.now() - start) / 1000,
      });
    } catch (error) {
      console.log(`${name} does not run here: ${String(error).split("\n")[0]}`);
    }
  }
  const measures = await runQueries(engines, data);
  console.log(
    `${size.count} x ${size.dimensions} ${spread}, k = 10, ${size.queries} queries`,
  );
  console.table(measures);
  return { ...size, spread, measures };
}

async function runQueries(
  engines: ReadonlyMap<
    string,
    { readonly engine: Engine; readonly buildSeconds: number }
  >,
  { queries, nearest }: VectorData,
): Promise<Measure[]> {
  const times = new Map(
    [...engines.keys()].map((name) => [name, [] as number[]]),
  );
  const hits = new Map<string, number>();
  for (const { engine } of engines.values()) {
    await engine.search(queries[0] ?? new Float32Array());
  }
  for (const [index, query] of queries.entries()) {
    for (const [name, { engine }] of engines) {
      const start = performance.now();
      const found = await engine.search(query);
      times.get(name)?.push(performance.now() - start);
      const right = found.filter((id) => nearest[index]?.has(id)).length;
      hits.set(name, (hits.get(name) ?? 0) + right);
    }
  }
  const measures: Measure[] = [...engines].map(([engine, { buildSeconds }]) => {
    const sorted = (times.get(engine) ?? []).toSorted((a, b) => a - b);
    const at = (part: number) =>
      round(sorted[Math.floor(sorted.length * part)] ?? NaN);
    const recall = round((hits.get(engine) ?? 0) / (10 * queries.length));
    return {
      engine,
      p50Ms: at(0.5),
      p90Ms: at(0.9),
      recall,
      buildSeconds: round(buildSeconds),
    };
  });
  const ours = measures[0]?.p50Ms ?? NaN;
  for (const each of measures) each.ratio = round(each.p50Ms / ours);
  return measures;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
