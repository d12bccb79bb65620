// SPDX-License-Identifier: Apache-2.0

import type { Growth, Row } from "./_report.ts";

/** What every topic of the benchmark is given. */
export interface Context {
  /** Where data is built; removed at the end. */
  readonly folder: string;
  /** How many rounds count at most. */
  readonly rounds: number;
  /** How many messages, edges or vectors to hold, one after the other. */
  readonly sizes: readonly number[];
  /** Whether the run is brief, and its figures rough. */
  readonly isQuick: boolean;
  /** Whether a row was asked for. */
  wants(row: string): boolean;
  /** Takes a line of the table and writes it down, so that nothing that happens later can lose it. */
  keepRow(row: Row): Promise<void>;
  /** Takes a plot as far as it has got, in place of what was known of it, and writes it down. */
  keepGrowth(growth: Growth): Promise<void>;
  /** Says on standard error what is being done. */
  say(text: string): void;
}

/** Gives the largest size. */
export function largest({ sizes }: Context): number {
  return sizes.at(-1) ?? 0;
}
