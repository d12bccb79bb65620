// SPDX-License-Identifier: Apache-2.0

import type { Config } from "@sigil/config";
import { BudgetLedger, type BudgetLimits } from "@sigil/provider";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { readIfThere, writeWhole } from "./whole_file.ts";

const SAVE_EVERY_MS = 30_000;

/** What a {@linkcode BudgetFile} works with. */
export interface BudgetFileOptions {
  /** Where it is kept. */
  readonly path: string;
  /** What may be spent. */
  readonly budgets: Config["models"]["budgets"];
  /** Tells the time. */
  readonly clock: Clock;
  /** Told when it cannot be kept. */
  readonly logger: Logger;
}

/** The account of what was spent, which a restart does not set back. */
export class BudgetFile implements AsyncDisposable {
  /** The account. */
  readonly ledger: BudgetLedger;
  readonly #options: BudgetFileOptions;
  #saved: string;
  #cancel: () => void = () => {};

  private constructor(ledger: BudgetLedger, saved: string, options: BudgetFileOptions) {
    this.ledger = ledger;
    this.#saved = saved;
    this.#options = options;
    this.#saveLater();
  }

  /**
   * Opens the account. A file that is not one is left where it is, said in the log, and begun anew.
   *
   * Requires `--allow-read` and `--allow-write` for the file.
   */
  static async open(options: BudgetFileOptions): Promise<BudgetFile> {
    const text = await readIfThere(options.path);
    const limits = toBudgetLimits(options.budgets);
    const now = () => options.clock.now().getTime();
    try {
      const snapshot = text === "" ? undefined : JSON.parse(text);
      return new BudgetFile(new BudgetLedger({ limits, snapshot, now }), text, options);
    } catch (error) {
      options.logger.warn("budget file unreadable, begun anew", { error: String(error) });
      return new BudgetFile(new BudgetLedger({ limits, now }), text, options);
    }
  }

  /** Writes what changed since the last time, whole or not at all. */
  async save(): Promise<void> {
    const text = JSON.stringify(this.ledger.snapshot());
    if (text === this.#saved) return;
    await writeWhole(this.#options.path, text);
    this.#saved = text;
  }

  /** Writes what changed, and stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel();
    await this.save();
  }

  #saveLater(): void {
    this.#cancel = this.#options.clock.schedule(() => {
      this.save().catch((error) => {
        this.#options.logger.error("budget not saved", { error: String(error) });
      });
      this.#saveLater();
    }, SAVE_EVERY_MS);
  }
}

/** The limits that a configuration sets. */
export function toBudgetLimits(budgets: Config["models"]["budgets"]): BudgetLimits {
  return {
    session: { tokens: budgets.tokens_per_session },
    usdPerHour: budgets.usd_per_hour,
    usdPerDay: budgets.usd_per_day,
  };
}
