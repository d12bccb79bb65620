// SPDX-License-Identifier: Apache-2.0

/** A column of a table: its heading, what it shows of a row, and how wide it may be, 60 unless given. */
export type Column<Row> = readonly [
  heading: string,
  show: (row: Row) => string,
  maxWidth?: number | undefined,
];

const MAX_WIDTH = 60;

/** Writes rows under headings, in columns of equal width. Control characters are made visible. */
export function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [
    columns.map(([heading]) => heading),
    ...rows.map((row) => columns.map(([, show, maxWidth]) => toCell(show(row), maxWidth))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((row) => row[index]?.length ?? 0))
  );
  return cells
    .map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ").trimEnd())
    .join("\n");
}

/** One line of a text, safe to show: a stored text must not move the cursor or colour the screen. */
export function toCell(text: string, maxWidth: number = MAX_WIDTH): string {
  const line = stripControls(text.replaceAll(/\s+/g, " ").trim());
  return line.length <= maxWidth ? line : `${line.slice(0, maxWidth - 1)}…`;
}

/** A text without characters that steer a terminal; line breaks and tabs stay. */
export function stripControls(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what it is about
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "�");
}
