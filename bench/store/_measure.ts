// SPDX-License-Identifier: Apache-2.0

import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** One side of a comparison. */
export interface Contender {
  /** How the table names it. */
  readonly name: string;
  /** Does the same work as the others once, and gives how long one operation of it took, in milliseconds. */
  round(): number | Promise<number>;
}

/** Milliseconds for one operation, by name of the contender: the median of all rounds. */
export type Medians = Readonly<Record<string, number>>;

/** How long a row may take before it makes do with fewer rounds. */
const MAX_ROW_MS = 10_000;
const LEAST_ROUNDS = 3;

/**
 * Lets every contender work in turn, round after round, so that whatever else the machine does meets
 * all of them alike. The first round warms up and does not count. Slow ones get fewer rounds, but 3 at
 * least.
 */
export async function interleave(
  contenders: readonly Contender[],
  rounds: number,
): Promise<Medians> {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  const start = performance.now();
  for (let round = 0; round <= rounds; round++) {
    if (round > LEAST_ROUNDS && performance.now() - start > MAX_ROW_MS) break;
    for (const contender of contenders) {
      const time = await contender.round();
      if (round > 0) times.get(contender.name)?.push(time);
    }
  }
  return Object.fromEntries(
    [...times].map(([name, all]) => [name, median(all)]),
  );
}

/** Makes a contender of something that runs at once, so many times in a round. */
export function each(
  name: string,
  times: number,
  run: (index: number) => unknown,
): Contender {
  return {
    name,
    round() {
      const start = performance.now();
      for (let index = 0; index < times; index++) run(index);
      return (performance.now() - start) / times;
    },
  };
}

/** Makes a contender of something that is waited for, so many times in a round. */
export function eachAwaited(
  name: string,
  times: number,
  run: (index: number) => Promise<unknown>,
): Contender {
  return {
    name,
    async round() {
      const start = performance.now();
      for (let index = 0; index < times; index++) await run(index);
      return (performance.now() - start) / times;
    },
  };
}

/** Gives the middle of a list of numbers. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Gives the number below which a part of the others lie. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[
    Math.min(sorted.length - 1, Math.floor(sorted.length * part))
  ] ?? NaN;
}

/** Gives what a database takes on disk, in bytes, once its log has been moved into it. */
export function bytesOnDisk(path: string): number {
  if (!existsSync(path)) return NaN;
  const database = new DatabaseSync(path);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  return statSync(path).size;
}
