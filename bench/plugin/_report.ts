// SPDX-License-Identifier: Apache-2.0

import type { Effort, Series } from "./_measure.ts";

/** Everything that one run of the benchmark measured. */
export interface Report {
  /** What it ran on. */
  readonly machine: Readonly<Record<string, string | number>>;
  /** How much was measured. */
  readonly effort: Effort;
  /** Every load, one number a round. */
  readonly loads: Readonly<Record<string, Series>>;
  /** From spawn to the first answer, in milliseconds. */
  readonly starts: Series;
  /** Proportional memory of an idle process, in megabytes. */
  readonly memory: Series;
}

/** A line of the table. */
interface Line {
  readonly what: string;
  readonly series: Series;
  /** Ours; `sigil` when absent. */
  readonly ours?: string;
  readonly target?: Target;
}

/** What a ratio of ours to theirs should be, for each peer that is named. */
interface Target {
  readonly peers: readonly string[];
  readonly least?: number;
  readonly most?: number;
}

const MCP = ["mcpDeno", "mcpNode"];
const NODE_PEERS = ["mcpNode", "grpcNode"];
const PEERS = ["mcpDeno", "mcpNode", "grpcNode", "bareNode"];
const NAMES: Readonly<Record<string, string>> = {
  mcpDeno: "MCP on Deno",
  mcpNode: "MCP on Node",
  grpcNode: "gRPC on Node",
  bareNode: "bare Node",
};
const HEAD = [
  "what",
  "Sigil",
  ...PEERS.map((peer) => NAMES[peer]),
  "target",
  "met",
];
const ALIGN = ["---", ...["Sigil", ...PEERS].map(() => "---:"), "---", "---"];

/** Writes the results as a table in Markdown. */
export function toTable(report: Report): string {
  const rows = linesOf(report).map(cellsOf);
  return [HEAD, ALIGN, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join(
    "\n",
  );
}

function linesOf({ loads, starts, memory }: Report): readonly Line[] {
  const load = (name: string) => loads[name] ?? {};
  const start: Target = { peers: ["bareNode"], most: 0.75 };
  const idle: Target = { peers: NODE_PEERS, most: 0.6 };
  return [
    line("bare call, p50, µs", load("bare p50"), { peers: MCP, most: 0.6 }),
    line("tool call, p50, µs", load("tool p50"), { peers: MCP, most: 0.6 }),
    line("bare calls/s, 64 in flight", load("bare rate"), {
      peers: MCP,
      least: 1.5,
    }),
    line("tool calls/s, 64 in flight", load("tool rate"), {
      peers: MCP,
      least: 1.5,
    }),
    line("stream of 50 bytes, chunks/s", load("stream small"), {
      peers: MCP,
      least: 3,
    }),
    line("stream of 64 KB, MB/s", load("stream large"), {
      peers: ["grpcNode"],
      least: 0.5,
    }),
    line("start to first answer, ms", starts, start),
    {
      what: "the same, with pdeathsig",
      series: starts,
      ours: "sigil pdeathsig",
    },
    { what: "the same, with bwrap", series: starts, ours: "sigil bwrap" },
    {
      what: "the same, on a fresh DENO_DIR",
      series: starts,
      ours: "sigil fresh",
    },
    line("idle memory (PSS), MB", memory, idle),
    { what: "the same, with bwrap", series: memory, ours: "sigil bwrap" },
  ];
}

function line(what: string, series: Series, target: Target): Line {
  return { what, series, target };
}

function cellsOf(
  { what, series, ours = "sigil", target }: Line,
): readonly string[] {
  const own = series[ours] ?? [];
  const peers = PEERS.map((peer) => peerCell(own, series[peer]));
  return [
    what,
    show(median(own)),
    ...peers,
    targetText(target),
    isMet(own, series, target),
  ];
}

/** A figure of a peer, and how many times as much ours is. */
function peerCell(
  own: readonly number[],
  values: readonly number[] | undefined,
): string {
  if (values === undefined) return "";
  return `${show(median(values))} (${ratio(own, values).toFixed(2)}x)`;
}

function targetText(target: Target | undefined): string {
  if (target === undefined) return "";
  const peers = [...new Set(target.peers.map((peer) => NAMES[peer]))].join(
    ", ",
  );
  return target.least === undefined
    ? `at most ${target.most}x of ${peers}`
    : `at least ${target.least}x of ${peers}`;
}

/** Whether the target is met of every peer that it names, or else of which. */
function isMet(
  own: readonly number[],
  series: Series,
  target: Target | undefined,
): string {
  if (target === undefined) return "";
  const { peers, least = 0, most = Infinity } = target;
  const met = peers.filter((peer) => {
    const times = ratio(own, series[peer] ?? []);
    return times >= least && times <= most;
  });
  if (met.length === peers.length) return "yes";
  return met.length === 0 ? "no" : `only of ${met.map((peer) => NAMES[peer]).join(", ")}`;
}

/** The median of the ratios of each round, since minutes differ. */
function ratio(own: readonly number[], theirs: readonly number[]): number {
  return median(own.map((value, round) => value / (theirs[round] ?? NaN)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

function show(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}
