// SPDX-License-Identifier: Apache-2.0

import type { Medians } from "./_measure.ts";

/** What must hold of a row. */
export type Target =
  /** The peer takes so many times as long as ours, or longer. */
  | { readonly faster: number }
  /** Ours takes no more than this share of what the peer takes. */
  | { readonly share: number }
  /** Ours takes less than this, in the row's unit. */
  | { readonly below: number };

/** One line of the table. */
export interface Row {
  /** The word for `--only`. */
  readonly row: string;
  /** What was measured. */
  readonly what: string;
  /** Of every figure of the row. */
  readonly unit: "µs" | "ms" | "bytes";
  /** Ours first. */
  readonly figures: Medians;
  /** Whose figure ours is compared with; the second when absent. */
  readonly against?: string;
  /** What the design asks for, if it asks for anything. */
  readonly target?: Target;
}

/** A series of a plot: what one item or one call costs at each size. */
export interface Series {
  /** How the plot names it. */
  readonly name: string;
  /** Whether it is a peer's: drawn dashed. */
  readonly isPeer?: boolean;
  /** Size, and milliseconds. */
  readonly points: (readonly [size: number, milliseconds: number])[];
}

/** How a cost grows. */
export interface Growth {
  /** The name of the file, without its ending. */
  readonly file: string;
  /** What the plot shows. */
  readonly title: string;
  /** What is counted from left to right. */
  readonly sizeOf: string;
  /** The lines. */
  readonly series: readonly Series[];
}

/** Gives a row in milliseconds the unit that is easiest to read. */
export function inBestUnit(row: Omit<Row, "unit">): Row {
  const largest = Math.max(...Object.values(row.figures));
  if (largest >= 1) return { ...row, unit: "ms" };
  const figures = Object.entries(row.figures).map((
    [name, value],
  ) => [name, value * 1000]);
  return { ...row, unit: "µs", figures: Object.fromEntries(figures) };
}

/** Gives how many times as long the peer takes; for bytes, what share of the peer's ours are. */
export function ratioOf({ figures, against, unit }: Row): number {
  const [ours = NaN, second = NaN] = Object.values(figures);
  const theirs = against === undefined ? second : figures[against] ?? NaN;
  return unit === "bytes" ? ours / theirs : theirs / ours;
}

/** Tells whether a row reaches its target; undefined when it has none. */
export function isMet(row: Row): boolean | undefined {
  const { target, figures } = row;
  if (target === undefined) return undefined;
  if ("below" in target) {
    return (Object.values(figures)[0] ?? NaN) < target.below;
  }
  return "share" in target ? ratioOf(row) <= target.share : ratioOf(row) >= target.faster;
}

/** Writes the table in Markdown. */
export function toTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const others = Object.entries(row.figures).slice(1).map(([name, value]) =>
      `${name} ${format(value)}${name === row.against ? "\\*" : ""}`
    );
    const [ours = NaN] = Object.values(row.figures);
    const cells = [
      row.what,
      `${format(ours)} ${row.unit}`,
      others.join(", "),
      ratio(row),
      verdict(row),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| what | Sigil | others, same unit | ratio | asked for |",
    "| --- | ---: | --- | ---: | --- |",
    ...lines,
  ].join("\n");
}

function ratio(row: Row): string {
  return Object.keys(row.figures).length < 2 ? "" : `${format(ratioOf(row))}x`;
}

function verdict(row: Row): string {
  if (row.target === undefined) return "";
  const asked = "below" in row.target
    ? `below ${row.target.below} ${row.unit}`
    : "share" in row.target
    ? `at most ${row.target.share}x`
    : `at least ${row.target.faster}x`;
  return `${asked}: ${isMet(row) ? "met" : "**missed**"}`;
}

/** Writes a number with three digits that mean something. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return Number(value.toPrecision(3)).toString();
}
