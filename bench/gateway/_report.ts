// SPDX-License-Identifier: Apache-2.0

import type { Round, Sample } from "./_measure.ts";

/** Everything that one run of the benchmark measured. */
export interface Report {
  /** What it ran on. */
  readonly machine: Readonly<Record<string, string | number>>;
  /** How much was measured. */
  readonly effort: Readonly<Record<string, number>>;
  /** Every round of every case. */
  readonly rounds: readonly Round[];
  /** From spawn to the first answered chat, in milliseconds. */
  readonly startMs: {
    readonly sigil: readonly number[];
    readonly peer: readonly number[];
  };
  /** Memory in use, in megabytes. */
  readonly memory: MemoryReport;
  /** What was found on disk after the gateway had been killed. */
  readonly stored: Readonly<Record<string, number>>;
}

/** Resident memory, in megabytes. */
export interface MemoryReport {
  readonly idle: { readonly sigil: number; readonly peer: number };
  readonly afterLoad: { readonly sigil: number; readonly peer: number };
  /** Before and after many sessions in a gateway of their own. */
  readonly sessions: {
    readonly idle: number;
    readonly warm: number;
    readonly after: number;
  };
}

/** A line of the table. */
export interface Line {
  readonly what: string;
  readonly sigil: string;
  /** What Sigil promises, written by hand, and how many times the peer's figure that is. */
  readonly byHand: string;
  readonly peer: string;
  readonly ratio: string;
  readonly target: string;
  readonly met: "yes" | "no" | "";
}

type Read = (sample: Sample) => number;

interface Target {
  readonly text: string;
  readonly isMet: (sigil: number, ratio: number) => boolean;
}

/** Makes the lines of the table. */
export function toLines(report: Report): readonly Line[] {
  const { startMs, memory } = report;
  const lines = (name: Round["case"], what: string, least: number) => {
    const rounds = report.rounds.filter((round) => round.case === name);
    const line = (label: string, read: Read, target?: Target) =>
      roundsLine(`${what}: ${label}`, rounds, read, target);
    return {
      line,
      rate: () => line("answers a second", (it) => it.perSecond, atLeast(least)),
    };
  };
  const plain = lines("plain", "passed through", 5);
  const stream = lines("stream", "streamed through", 5);
  const agent = lines(
    "agent",
    "agent turn, stored, against the peer's plain proxying",
    3,
  );
  const third = atMost(1 / 3, "a third");
  return [
    plain.rate(),
    plain.line("p50, ms", (it) => it.p50Ms),
    plain.line("p99, ms", (it) => it.p99Ms, third),
    plain.line("core time of the gateway, µs", (it) => it.cpuMicros),
    stream.rate(),
    stream.line("first word p50, ms", (it) => it.firstWordP50Ms, third),
    stream.line("first word p99, ms", (it) => it.firstWordP99Ms, third),
    stream.line("last byte p99, ms", (it) => it.p99Ms),
    stream.line("core time of the gateway, µs", (it) => it.cpuMicros),
    agent.rate(),
    agent.line("p50, ms", (it) => it.p50Ms),
    agent.line("p99, ms", (it) => it.p99Ms),
    agent.line("core time of the gateway, µs", (it) => it.cpuMicros),
    line(
      "start to first answered chat, ms",
      median(startMs.sigil),
      median(startMs.peer),
      below(500),
    ),
    line(
      "memory after start, MB",
      memory.idle.sigil,
      memory.idle.peer,
      below(120),
    ),
    line(
      "memory after the load, MB",
      memory.afterLoad.sigil,
      memory.afterLoad.peer,
    ),
    ...growthLines(report),
  ];
}

/** Writes the lines as a table in Markdown. */
export function toTable(lines: readonly Line[]): string {
  const rows = lines.map((line) => Object.values(line));
  const head = ["what", "Sigil", "by hand", "Portkey", "ratio", "target", "met"];
  const align = ["---", "---:", "---:", "---:", "---:", "---", "---"];
  return [head, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join(
    "\n",
  );
}

/** Says what the backend does without a gateway, which no gateway can exceed. */
export function toCeiling(
  { rounds }: Report,
): Readonly<Record<"plain" | "stream", number>> {
  const of = (name: Round["case"]) =>
    Math.round(
      median(
        rounds.filter((it) => it.case === name).map((it) => it.backend.perSecond),
      ),
    );
  return { plain: of("plain"), stream: of("stream") };
}

function growthLines(
  { memory: { sessions }, effort }: Report,
): readonly Line[] {
  const { idle, warm, after } = sessions;
  const growth = (from: string, before: number): Line => {
    const ratio = after / before;
    return {
      what: `memory after ${effort["sessions"]} sessions of 20 turns, MB, against ${from}`,
      sigil: show(after),
      byHand: "",
      peer: "",
      ratio: `${ratio.toFixed(2)} of ${show(before)}`,
      target: "at most 1.5x",
      met: ratio <= 1.5 ? "yes" : "no",
    };
  };
  return [growth("the start", idle), growth("the first 50 sessions", warm)];
}

/** The median of the rounds; the ratio is that of each round, too, since their minutes differ. */
function roundsLine(
  what: string,
  rounds: readonly Round[],
  read: Read,
  target?: Target,
): Line {
  const of = (name: "sigil" | "byHand" | "peer") => median(rounds.map((it) => read(it[name])));
  const ratioOf = (name: "sigil" | "byHand") =>
    median(rounds.map((round) => read(round[name]) / read(round.peer)));
  const byHand = `${show(of("byHand"))} (${ratioOf("byHand").toFixed(2)}x)`;
  return { ...line(what, of("sigil"), of("peer"), target, ratioOf("sigil")), byHand };
}

function line(
  what: string,
  sigil: number,
  peer: number,
  target?: Target,
  ratio: number = sigil / peer,
): Line {
  return {
    what,
    sigil: show(sigil),
    byHand: "",
    peer: show(peer),
    ratio: `${ratio.toFixed(2)}x`,
    target: target?.text ?? "",
    met: target === undefined ? "" : target.isMet(sigil, ratio) ? "yes" : "no",
  };
}

function atLeast(times: number): Target {
  return {
    text: `at least ${times}x`,
    isMet: (_sigil, ratio) => ratio >= times,
  };
}

function atMost(times: number, name: string): Target {
  return { text: `at most ${name}`, isMet: (_sigil, ratio) => ratio <= times };
}

function below(limit: number): Target {
  return { text: `below ${limit}`, isMet: (sigil) => sigil < limit };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

function show(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return value.toFixed(value >= 10 ? 1 : 2);
}
