// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- it prints a table

/**
 * The store against the floor and its peers: `deno task bench:store`. A whole run takes about half an
 * hour, 8 GB of memory and 20 GB of disk.
 *
 * Options: `--quick` for small data and few rounds; `--sizes 10000,100000` for other sizes; `--only
 * <row>`, any number of times, for some rows: read, window, append, timer,
 * small-workspace, terms, message-disk, message-memory, traverse, edge-disk, vectors, vector-disk,
 * vector-memory, growth. A run with `--quick` or `--only` leaves `results/` and the README as they are and writes
 * to `results/tmp/`.
 */

import { parseArgs } from "node:util";
import type { Context } from "./store/_context.ts";
import { type Findings, toTable } from "./store/_report.ts";
import { writeResults } from "./store/_results.ts";
import { measureEdges } from "./store/edges.ts";
import { measureMessages } from "./store/messages.ts";
import { measureSessions } from "./store/sessions.ts";
import { measureVectors } from "./store/vectors.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const QUICK_SIZES = [1000, 3000, 10_000];

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    sizes: { type: "string" },
  },
});

const folder = await Deno.makeTempDir({ prefix: "sigil-bench-" });
const context: Context = {
  folder,
  isQuick: options.quick,
  rounds: options.quick ? 3 : 9,
  sizes: options.sizes?.split(",").map(Number) ?? (options.quick ? QUICK_SIZES : SIZES),
  wants: (row) => options.only.length === 0 || options.only.includes(row),
  say: (text) =>
    console.error(
      `${(performance.now() / 1000).toFixed(0).padStart(5)} s  ${text}`,
    ),
};
try {
  const findings = await measureAll();
  console.log(toTable(findings.rows));
  const isWhole = !options.quick && options.only.length === 0;
  console.error(
    `Written: ${(await writeResults(findings, isWhole)).join(", ")}`,
  );
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function measureAll(): Promise<Findings> {
  const all: Findings[] = [];
  for (
    const measure of [
      measureSessions,
      measureMessages,
      measureEdges,
      measureVectors,
    ]
  ) {
    all.push(await measure(context));
  }
  const rows = all.flatMap((findings) => findings.rows);
  return {
    rows: rows.filter(({ row }) => context.wants(row)),
    growths: all.flatMap((findings) => findings.growths),
  };
}
