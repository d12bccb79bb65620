// SPDX-License-Identifier: Apache-2.0

/** What every topic of the benchmark is given. */
export interface Context {
  /** Where data is built; removed at the end. */
  readonly folder: string;
  /** How many rounds count. */
  readonly rounds: number;
  /** How many messages, edges or vectors to hold, one after the other. */
  readonly sizes: readonly number[];
  /** Whether the run is brief, and its figures rough. */
  readonly isQuick: boolean;
  /** Whether a row was asked for. */
  wants(row: string): boolean;
  /** Says on standard error what is being done. */
  say(text: string): void;
}

/** Gives the largest size. */
export function largest({ sizes }: Context): number {
  return sizes.at(-1) ?? 0;
}
