// SPDX-License-Identifier: Apache-2.0

import { type Findings, type Growth, isMet, ratioOf, type Row, toTable } from "./_report.ts";
import { plotGrowth } from "./_svg_plot.ts";

const RESULTS = new URL("../results/", import.meta.url);
const README = new URL("../README.md", import.meta.url);
const BEGIN = "<!-- store: begin, written by `deno task bench:store` -->";
const END = "<!-- store: end -->";

/**
 * Writes the JSON and the plots, and after a whole run the table of the README. Gives the names of the
 * files.
 */
export async function writeResults(
  { rows, growths }: Findings,
  isWhole: boolean,
): Promise<readonly string[]> {
  const folder = isWhole ? RESULTS : new URL("tmp/", RESULTS);
  await Deno.mkdir(folder, { recursive: true });
  const files = growths.map((
    growth,
  ): [string, string] => [`${growth.file}.svg`, plotGrowth(growth)]);
  files.unshift([
    "store.json",
    `${JSON.stringify(toJson(rows, growths), null, 2)}\n`,
  ]);
  for (const [name, text] of files) {
    await Deno.writeTextFile(new URL(name, folder), text);
  }
  if (isWhole) await writeReadme(rows);
  return files.map(([name]) => decodeURIComponent(new URL(name, folder).pathname));
}

function toJson(rows: readonly Row[], growths: readonly Growth[]): unknown {
  return {
    measuredAt: new Date().toISOString(),
    deno: Deno.version.deno,
    processors: navigator.hardwareConcurrency,
    rows: rows.map((row) => ({ ...row, ratio: ratioOf(row), met: isMet(row) })),
    growths,
  };
}

async function writeReadme(rows: readonly Row[]): Promise<void> {
  const text = await Deno.readTextFile(README);
  const [before, rest = ""] = text.split(BEGIN);
  const [, after] = rest.split(END);
  if (before === undefined || after === undefined) {
    throw new Error(
      `Cannot write the table into "README.md": it has lost its marks`,
    );
  }
  await Deno.writeTextFile(
    README,
    `${before}${BEGIN}\n\n${toTable(rows)}\n\n${END}${after}`,
  );
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--config", pathOf("../../deno.json"), pathOf("../README.md")],
  }).output();
}

function pathOf(name: string): string {
  return decodeURIComponent(new URL(name, import.meta.url).pathname);
}
