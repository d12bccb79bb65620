// SPDX-License-Identifier: Apache-2.0

import { Driver, type DriverCommand, type Job } from "./_driver.ts";
import { treePssMb } from "./_process_memory.ts";

/** How much is measured. */
export interface Effort {
  /** How often everything is measured on every subject. */
  readonly rounds: number;
  /** How long each of them is put under load before it counts, in milliseconds. */
  readonly warmUpMs: number;
  /** How long each of them counts, in milliseconds. */
  readonly measureMs: number;
  /** How often each of them is started. */
  readonly starts: number;
  /** How many processes are held at once to see what each takes. */
  readonly processes: number;
}

/** A load. */
export interface Case {
  /** How it is called in the results. */
  readonly name: string;
  /** What the drivers are told. */
  readonly job: (milliseconds: number) => Job;
  /** What of their answer counts. */
  readonly field: string;
  /** Whether a process without tools can do it: it shows the least that the pipes cost. */
  readonly needsNoTools?: boolean;
}

/** Everything that was measured of a case: by subject, one number a round. */
export type Series = Readonly<Record<string, readonly number[]>>;

const IN_FLIGHT = 64;
const WITHOUT_TOOLS = "bareNode";

/** What load is put on each subject. */
export const LOADS: readonly Case[] = [
  ...(["bare", "tool"] as const).flatMap((call): Case[] => [
    {
      name: `${call} p50`,
      job: (milliseconds) => ({ type: "latency", call, milliseconds }),
      field: "p50Micros",
      needsNoTools: call === "bare",
    },
    {
      name: `${call} rate`,
      job: (milliseconds) => ({
        type: "rate",
        call,
        inFlight: IN_FLIGHT,
        milliseconds,
      }),
      field: "perSecond",
    },
  ]),
  {
    name: "stream small",
    job: (milliseconds) => ({
      type: "stream",
      chunks: 2000,
      bytes: 50,
      milliseconds,
    }),
    field: "chunksPerSecond",
  },
  {
    name: "stream large",
    job: (milliseconds) => ({
      type: "stream",
      chunks: 100,
      bytes: 64 * 1024,
      milliseconds,
    }),
    field: "megabytesPerSecond",
  },
];

/** The ways in which each subject is started. The first is the one that is put under load. */
export const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  sigil: ["plain", "pdeathsig", "bwrap", "fresh"],
  mcpDeno: ["plain"],
  mcpNode: ["plain"],
  grpcNode: ["plain"],
  bareNode: ["plain"],
};

/** Puts every load on every subject, in turn; who is first takes turns as well. */
export async function measureLoads(
  commands: readonly DriverCommand[],
  effort: Effort,
  tell: (text: string) => void,
): Promise<Readonly<Record<string, Series>>> {
  await using opened = new AsyncDisposableStack();
  const drivers = commands.map((command) => opened.use(new Driver(command)));
  for (const driver of drivers) await driver.hold("plain", 1);
  const results = new SeriesCollection();
  for (let round = 0; round < effort.rounds; round++) {
    for (const { name, job, field, needsNoTools = false } of LOADS) {
      for (const driver of inTurn(drivers, round)) {
        if (driver.name === WITHOUT_TOOLS && !needsNoTools) continue;
        await driver.run(job(effort.warmUpMs));
        results.add(
          name,
          driver.name,
          (await driver.run(job(effort.measureMs)))[field],
        );
      }
      tell(`round ${round + 1}, ${name}: ${results.last(name)}`);
    }
  }
  return results.toObject();
}

/** Starts every subject in each of its ways, in turn. */
export async function measureStarts(
  commands: readonly DriverCommand[],
  { starts }: Effort,
  tell: (text: string) => void,
): Promise<Series> {
  await using opened = new AsyncDisposableStack();
  const drivers = commands.map((command) => opened.use(new Driver(command)));
  const results = new SeriesCollection();
  for (let round = -1; round < starts; round++) {
    for (const driver of inTurn(drivers, round + 1)) {
      for (const variant of VARIANTS[driver.name] ?? []) {
        const { milliseconds } = await driver.run({ type: "start", variant });
        const name = variant === "plain" ? driver.name : `${driver.name} ${variant}`;
        if (round >= 0) results.add("start", name, milliseconds);
      }
    }
  }
  tell(`starts, ms: ${results.last("start")}`);
  return results.toObject()["start"] ?? {};
}

/** Holds idle processes of every subject, one subject after the other; gives what each one takes. */
export async function measureMemory(
  commands: readonly DriverCommand[],
  { processes }: Effort,
  tell: (text: string) => void,
): Promise<Series> {
  const results = new SeriesCollection();
  for (const command of commands) {
    for (const variant of VARIANTS[command.name] ?? []) {
      if (variant === "fresh") continue;
      await using driver = new Driver(command);
      const pids = await driver.hold(variant, processes);
      const name = variant === "plain" ? driver.name : `${driver.name} ${variant}`;
      for (const pid of pids) results.add("memory", name, await treePssMb(pid));
    }
  }
  tell(`memory, MB: ${results.last("memory")}`);
  return results.toObject()["memory"] ?? {};
}

function inTurn<T>(items: readonly T[], round: number): readonly T[] {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

class SeriesCollection {
  readonly #series: Record<string, Record<string, number[]>> = {};

  add(name: string, subject: string, value: number | undefined): void {
    if (value === undefined) {
      throw new Error(`${subject} did not measure ${name}`);
    }
    ((this.#series[name] ??= {})[subject] ??= []).push(value);
  }

  last(name: string): string {
    const entries = Object.entries(this.#series[name] ?? {});
    return entries.map(([subject, values]) => `${subject} ${values.at(-1)?.toFixed(1)}`).join(", ");
  }

  toObject(): Readonly<Record<string, Series>> {
    return this.#series;
  }
}
