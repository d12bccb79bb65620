// SPDX-License-Identifier: Apache-2.0

import type { ToolBudget } from "@sigil/store";

/** Calls that were taken out of a budget. */
export interface TakenCalls {
  /** What is left. */
  readonly budget: ToolBudget;
  /** For each call why it may not run, or undefined. */
  readonly refusals: readonly (string | undefined)[];
}

/** Counts the tool calls of one turn against the limits of the turn and of the session. */
export class ToolAllowance {
  readonly #maxCalls: number;
  #made = 0;

  /** @param maxCalls How many calls a turn may make, whatever the session allows. */
  constructor(maxCalls: number) {
    this.#maxCalls = maxCalls;
  }

  /** How many calls the turn has made. */
  get made(): number {
    return this.#made;
  }

  /**
   * Takes calls out of the budget, one after the other, as far as it goes. They count once they are
   * handed to {@linkcode make}.
   *
   * @returns The budget afterwards, and for each call why it may not run, or undefined.
   */
  take(budget: ToolBudget, count: number): TakenCalls {
    let taken = 0;
    const refusals = Array.from({ length: count }, () => {
      const refusal = this.#refuse(budget, taken);
      if (refusal === undefined) taken++;
      return refusal;
    });
    return { budget: { ...budget, used: budget.used + taken }, refusals };
  }

  /** Counts calls that were taken. */
  make({ refusals }: TakenCalls): void {
    this.#made += refusals.filter((refusal) => refusal === undefined).length;
  }

  #refuse(
    { maxCallsPerTurn, maxCallsPerSession, used: usedBefore }: ToolBudget,
    taken: number,
  ): string | undefined {
    const used = usedBefore + taken;
    const perTurn = Math.min(this.#maxCalls, maxCallsPerTurn || Infinity);
    if (this.#made + taken >= perTurn) {
      return `a turn may make ${perTurn} tool calls, and this one has`;
    }
    if (used < (maxCallsPerSession || Infinity)) return undefined;
    return `the session may make ${maxCallsPerSession} tool calls, and it has made ${used}`;
  }
}
