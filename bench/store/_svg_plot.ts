// SPDX-License-Identifier: Apache-2.0

import type { Growth, Series } from "./_report.ts";

const WIDTH = 900;
const HEIGHT = 440;
const LEFT = 70;
const RIGHT = 330;
const TOP = 46;
const BOTTOM = 50;
const LABEL_HEIGHT = 16;
/** Told apart by people who see colours differently, and on white as well as on black. */
const COLOURS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#8a8a8a",
  "#b8860b",
  "#56a0d3",
];

/** Where something lies in the picture. */
type Scale = (value: number) => number;

/** Draws how costs grow, as SVG: both axes logarithmic, each line named at its right end. */
export function plotGrowth({ title, sizeOf, series }: Growth): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  const sizes = [
    ...new Set(drawn.flatMap(({ points }) => points.map(([size]) => size))),
  ];
  const costs = drawn.flatMap(({ points }) => points.map(([, cost]) => cost))
    .filter((c) => c > 0);
  const powers = powersOfTen(Math.min(...costs), Math.max(...costs));
  const x = logScale(
    Math.min(...sizes),
    Math.max(...sizes),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = logScale(powers[0] ?? 1, powers.at(-1) ?? 10, HEIGHT - BOTTOM, TOP);
  const labels = spreadLabels(drawn, y);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${
    escape(title)
  }">
<style>
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .title { font-size: 15px; font-weight: 600 }
  .grid { stroke: #8888; stroke-width: 0.5 }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } }
</style>
<text class="title" x="${LEFT}" y="22">${escape(title)}</text>
${powers.map((power) => gridLine(power, y)).join("\n")}
${sizes.map((size) => sizeMark(size, x)).join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${
    escape(sizeOf)
  }</text>
${drawn.map((each, index) => line(each, colourOf(index), x, y, labels[index] ?? 0)).join("\n")}
</svg>
`;
}

function logScale(low: number, high: number, from: number, to: number): Scale {
  const span = Math.log(high / low) || 1;
  return (value) => round(from + (Math.log(value / low) / span) * (to - from));
}

function powersOfTen(low: number, high: number): readonly number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)));
  return Array.from(
    { length: last - first + 1 },
    (_, step) => 10 ** (first + step),
  );
}

function gridLine(power: number, y: Scale): string {
  const at = y(power);
  return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>` +
    `<text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${nameTime(power)}</text>`;
}

function sizeMark(size: number, x: Scale): string {
  const at = x(size);
  return `<line class="grid" x1="${at}" x2="${at}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>` +
    `<text x="${at}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${
      size.toLocaleString("en")
    }</text>`;
}

function line(
  { name, isPeer, points }: Series,
  colour: string,
  x: Scale,
  y: Scale,
  label: number,
): string {
  const at = points.map(([size, cost]) => `${x(size)},${y(cost)}`);
  const dash = isPeer ? ` stroke-dasharray="6 4"` : "";
  const dots = points.map(([size, cost]) =>
    `<circle cx="${x(size)}" cy="${y(cost)}" r="3" fill="${colour}"/>`
  );
  const [, last = NaN] = points.at(-1) ?? [];
  const end = WIDTH - RIGHT;
  return `<polyline points="${
    at.join(" ")
  }" fill="none" stroke="${colour}" stroke-width="2"${dash}/>` +
    dots.join("") +
    `<line x1="${end + 4}" x2="${end + 16}" y1="${y(last)}" y2="${label}" stroke="${colour}"/>` +
    `<text x="${end + 20}" y="${label + 4}">${escape(name)}: ${nameTime(last)}</text>`;
}

/** Moves the names at the right ends of lines apart, so that none lies on another. */
function spreadLabels(series: readonly Series[], y: Scale): readonly number[] {
  const wanted = series.map(({ points }, index) => ({
    index,
    at: y(points.at(-1)?.[1] ?? 1),
  }));
  const placed = wanted.toSorted((a, b) => b.at - a.at);
  let lowest = HEIGHT - BOTTOM + LABEL_HEIGHT;
  const labels: number[] = [];
  for (const { index, at } of placed) {
    lowest = Math.min(at, lowest - LABEL_HEIGHT);
    labels[index] = lowest;
  }
  return labels;
}

function nameTime(milliseconds: number): string {
  const [value, unit] = milliseconds >= 1000
    ? [milliseconds / 1000, "s"]
    : milliseconds >= 1
    ? [milliseconds, "ms"]
    : [milliseconds * 1000, "µs"];
  return `${Number(value.toPrecision(2))} ${unit}`;
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? "";
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(
    '"',
    "&quot;",
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
