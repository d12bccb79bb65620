// SPDX-License-Identifier: Apache-2.0

import type { ToolBudget } from "@sigil/store";

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
   * Takes calls out of the budget, one after the other, as far as it goes.
   *
   * @returns The budget afterwards, and for each call why it may not run, or undefined.
   */
  take(budget: ToolBudget, count: number): {
    readonly budget: ToolBudget;
    readonly refusals: readonly (string | undefined)[];
  } {
    let { used } = budget;
    const refusals = Array.from({ length: count }, () => {
      const refusal = this.#refuse({ ...budget, used });
      if (refusal !== undefined) return refusal;
      this.#made++;
      used++;
      return undefined;
    });
    return { budget: { ...budget, used }, refusals };
  }

  #refuse({ maxCallsPerTurn, maxCallsPerSession, used }: ToolBudget): string | undefined {
    const perTurn = Math.min(this.#maxCalls, maxCallsPerTurn || Infinity);
    if (this.#made >= perTurn) return `a turn may make ${perTurn} tool calls, and this one has`;
    if (used < (maxCallsPerSession || Infinity)) return undefined;
    return `the session may make ${maxCallsPerSession} tool calls, and it has made ${used}`;
  }
}
