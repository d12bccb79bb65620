// SPDX-License-Identifier: Apache-2.0

import { cpus } from "node:os";
import { format, type Growth, isMet, ratioOf, type Row, toTable } from "./_report.ts";
import { plotGrowth } from "./_svg_plot.ts";

/** Every row by the word for `--only`, in the order of the table. */
export const ROWS = [
  "read",
  "window",
  "append",
  "timer",
  "small-workspace",
  "terms",
  "message-disk",
  "message-memory",
  "traverse",
  "edge-disk",
  "vectors",
  "vector-disk",
  "vector-memory",
  "growth",
];

const RESULTS = new URL("../results/", import.meta.url);
const README = new URL("../README.md", import.meta.url);
const BEGIN = "<!-- store: begin, written by `deno task bench:store` -->";
const END = "<!-- store: end -->";

/**
 * What has been measured so far. Everything is written as soon as it is known: an interrupted run keeps
 * what it has, and says that it is not all.
 */
export class Results {
  readonly #folder: URL;
  readonly #isWhole: boolean;
  readonly #sizes: readonly number[];
  readonly #rows: Row[] = [];
  readonly #growths = new Map<string, Growth>();
  #isComplete = false;

  /** A whole run writes beside the README and into it; any other into a folder of its own. */
  constructor(sizes: readonly number[], isWhole: boolean) {
    this.#sizes = sizes;
    this.#isWhole = isWhole;
    this.#folder = isWhole ? RESULTS : new URL("tmp/", RESULTS);
  }

  /** The lines of the table. */
  get rows(): readonly Row[] {
    return this.#rows.toSorted((a, b) => ROWS.indexOf(a.row) - ROWS.indexOf(b.row));
  }

  /** Takes a line of the table. */
  async keepRow(row: Row): Promise<void> {
    this.#rows.push(row);
    await this.#write();
  }

  /** Takes a plot, in place of an earlier one of its name. */
  async keepGrowth(growth: Growth): Promise<void> {
    this.#growths.set(growth.file, growth);
    const plot = new URL(`${growth.file}.svg`, this.#folder);
    await Deno.mkdir(this.#folder, { recursive: true });
    await Deno.writeTextFile(plot, plotGrowth(growth));
    await this.#write();
  }

  /** Says that nothing is missing. Gives the folder. */
  async complete(): Promise<string> {
    this.#isComplete = true;
    await this.#write();
    return pathOf(this.#folder);
  }

  async #write(): Promise<void> {
    await Deno.mkdir(this.#folder, { recursive: true });
    const json = `${JSON.stringify(this.#toJson(), null, 2)}\n`;
    await Deno.writeTextFile(new URL("store.json", this.#folder), json);
    if (this.#isWhole) await writeSection(this.#toSection());
  }

  #toJson(): unknown {
    return {
      measuredAt: new Date().toISOString(),
      isComplete: this.#isComplete,
      deno: Deno.version.deno,
      processors: navigator.hardwareConcurrency,
      sizes: this.#sizes,
      rows: this.rows.map((row) => ({ ...row, ratio: ratioOf(row), met: isMet(row) })),
      growths: [...this.#growths.values()],
    };
  }

  #toSection(): string {
    const plots = [...this.#growths.values()].map(({ file, title }) =>
      `![${title}](results/${file}.svg)`
    );
    return [toTable(this.rows), ...plots, this.#toNote()].join("\n\n");
  }

  #toNote(): string {
    const sizes = this.#sizes.map(format).join(", ");
    const cores = navigator.hardwareConcurrency;
    const day = new Date().toISOString().slice(0, 10);
    return [
      ...this.#isComplete ? [] : ["**The run did not get to its end: rows are missing.**"],
      `Measured on ${day} with ${sizes} messages, edges and vectors, Deno ${Deno.version.deno},`,
      `${cores} cores of ${cpus()[0]?.model.trim() ?? "an unknown processor"}.`,
    ].join(" ");
  }
}

async function writeSection(section: string): Promise<void> {
  const text = await Deno.readTextFile(README);
  const [before, rest = ""] = text.split(BEGIN);
  const [, after] = rest.split(END);
  if (before === undefined || after === undefined) {
    throw new Error(
      `Cannot write the table into "README.md": it has lost its marks`,
    );
  }
  await Deno.writeTextFile(README, `${before}${BEGIN}\n\n${section}\n\n${END}${after}`);
  await new Deno.Command(Deno.execPath(), {
    args: [
      "fmt",
      "--quiet",
      "--config",
      pathOf(new URL("../../deno.json", import.meta.url)),
      pathOf(README),
    ],
  }).output();
}

function pathOf(url: URL): string {
  return decodeURIComponent(url.pathname);
}
