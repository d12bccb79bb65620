// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- it prints a table

/**
 * The store against the floor and its peers: `deno task bench:store`. A whole run takes about a quarter
 * of an hour, 8 GB of memory and 20 GB of disk.
 *
 * Options: `--quick` for small data and few rounds; `--sizes 10000,100000` for other sizes; `--only
 * <row>`, any number of times, for some rows: read, window, append, timer,
 * small-workspace, terms, message-disk, message-memory, traverse, edge-disk, vectors, vector-disk,
 * vector-memory, growth. A run with `--quick` or `--only` leaves `results/` and the README as they are and writes
 * to `results/tmp/`. Every figure is written as soon as it is known.
 */

import { parseArgs } from "node:util";
import type { Context } from "./store/_context.ts";
import { toTable } from "./store/_report.ts";
import { Results, ROWS } from "./store/_results.ts";
import { measureEdges } from "./store/edges.ts";
import { measureMessages } from "./store/messages.ts";
import { measureSessions } from "./store/sessions.ts";
import { measureVectors } from "./store/vectors.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const QUICK_SIZES = [1000, 3000, 10_000];
const TOPICS = [measureSessions, measureMessages, measureEdges, measureVectors];

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    sizes: { type: "string" },
  },
});
const unknown = options.only.filter((row) => !ROWS.includes(row));
if (unknown.length > 0) {
  throw new TypeError(`no row is named ${unknown.join(", ")}; there are ${ROWS.join(", ")}`);
}

const folder = await Deno.makeTempDir({ prefix: "sigil-bench-" });
const sizes = options.sizes?.split(",").map(Number) ?? (options.quick ? QUICK_SIZES : SIZES);
const results = new Results(sizes, !options.quick && options.only.length === 0);
const wants = (row: string) => options.only.length === 0 || options.only.includes(row);
const context: Context = {
  folder,
  isQuick: options.quick,
  rounds: options.quick ? 3 : 9,
  sizes,
  wants,
  keepRow: async (row) => {
    if (wants(row.row)) await results.keepRow(row);
  },
  keepGrowth: async (growth) => {
    if (wants("growth")) await results.keepGrowth(growth);
  },
  say: (text) =>
    console.error(
      `${(performance.now() / 1000).toFixed(0).padStart(5)} s  ${text}`,
    ),
};
const removeFolder = () => Deno.removeSync(folder, { recursive: true });
Deno.addSignalListener("SIGINT", () => {
  removeFolder();
  Deno.exit(130);
});

let failures = 0;
try {
  for (const measure of TOPICS) await runTopic(measure);
} finally {
  removeFolder();
}
console.log(toTable(results.rows));
if (failures === 0) console.error(`Written to ${await results.complete()}`);
Deno.exit(failures === 0 ? 0 : 1);

/** A topic that fails takes no other with it. */
async function runTopic(measure: (context: Context) => Promise<void>): Promise<void> {
  try {
    await measure(context);
  } catch (error) {
    failures++;
    console.error(error);
  }
}
