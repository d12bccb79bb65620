// SPDX-License-Identifier: Apache-2.0

import type { BudgetLedger, BudgetReservation } from "./budget.ts";
import type { Usage } from "./chat.ts";
import type { Logger } from "./logger.ts";
import { costInNanoUsd, findPrice, type Price } from "./prices.ts";
import type { ModelCallOptions, Provider } from "./provider.ts";
import type { Attempt } from "./router.ts";
import type { Health } from "./_health.ts";

/** How far an estimate of tokens may be too low. */
const MARGIN = 1.25;
/** What is put aside for an answer of unknown length, and what it is then held to. */
const USUAL_OUTPUT_TOKENS = 8192;
/** With less room than this an answer is not worth asking for. */
const LEAST_OUTPUT_TOKENS = 256;

/** Callers name models as they like: beyond this no further missing price is told. */
const MAX_TOLD = 1000;

/** A model that may be asked. */
export interface Candidate {
  /** `provider/model`. */
  readonly name: string;
  readonly providerName: string;
  readonly model: string;
  readonly provider: Provider;
  readonly health: Health;
}

/** What all calls of one router share. */
export interface RoutingContext {
  readonly budget: BudgetLedger;
  readonly now: () => number;
  readonly prices: Readonly<Record<string, Price>> | undefined;
  readonly logger: Logger | undefined;
  readonly onAttempt: ((attempt: Attempt) => void) | undefined;
  /** Models whose missing price was told already. */
  readonly unpriced: Set<string>;
}

/** What one attempt is about. */
export interface CallFacts {
  readonly candidate: Candidate;
  readonly number: number;
  readonly workspaceId: string;
  readonly options: ModelCallOptions;
  /** Tokens that it reads, estimated. */
  readonly inputTokens: number;
}

/** The account of one attempt: opened before the model is asked, closed when it is over. */
export class CallAccount {
  /** How many tokens the answer may have; nothing when no limit holds it. */
  readonly maxOutputTokens: number | undefined;
  readonly #context: RoutingContext;
  readonly #facts: CallFacts;
  readonly #price: Price | undefined;
  readonly #reservation: BudgetReservation;
  readonly #start: number;

  /**
   * Puts aside what the attempt may cost.
   *
   * @throws {ProviderError} With code `budget`.
   */
  constructor(context: RoutingContext, facts: CallFacts, wantedTokens: number | undefined) {
    this.#context = context;
    this.#facts = facts;
    this.#price = priceOf(facts.candidate.name, context);
    this.#start = context.now();
    const inputTokens = Math.ceil(facts.inputTokens * MARGIN);
    const room = this.#outputRoom(inputTokens);
    const usual = Math.max(LEAST_OUTPUT_TOKENS, Math.min(USUAL_OUTPUT_TOKENS, Math.floor(room)));
    const outputTokens = wantedTokens ?? usual;
    this.maxOutputTokens = room === Infinity ? wantedTokens : outputTokens;
    this.#reservation = context.budget.reserve({
      ...facts.options,
      model: facts.candidate.name,
      tokens: inputTokens + outputTokens,
      nanoUsd: this.#mostCost(inputTokens, outputTokens),
    });
  }

  /** How long ago the attempt began, in milliseconds. */
  get durationMs(): number {
    return this.#context.now() - this.#start;
  }

  /** Settles the budget and tells what came of the attempt. */
  close(outcome: Attempt["outcome"], usage: Usage, estimated: boolean): void {
    const nanoUsd = this.#price === undefined ? 0 : costInNanoUsd(usage, this.#price);
    this.#reservation.settle({ tokens: usage.inputTokens + usage.outputTokens, nanoUsd });
    tell(this.#context, {
      workspaceId: this.#facts.workspaceId,
      sessionId: this.#facts.options.sessionId,
      model: this.#facts.candidate.name,
      number: this.#facts.number,
      outcome,
      durationMs: this.durationMs,
      usage,
      estimated,
      usd: this.#price === undefined ? undefined : nanoUsd / 1e9,
    });
  }

  /** How many tokens can be written before a limit is reached. */
  #outputRoom(inputTokens: number): number {
    const room = this.#context.budget.room(this.#facts.options);
    const perToken = this.#mostCost(0, 1);
    const money = room.nanoUsd - this.#mostCost(inputTokens, 0);
    return Math.min(room.tokens - inputTokens, perToken === 0 ? Infinity : money / perToken);
  }

  #mostCost(inputTokens: number, outputTokens: number): number {
    if (this.#price === undefined) return 0;
    const { input, cacheWrite = input } = this.#price;
    const cacheWriteTokens = cacheWrite > input ? inputTokens : 0;
    return costInNanoUsd(
      { inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens },
      this.#price,
    );
  }
}

/** Tells of an attempt that was not made, for instance because the provider cools down. */
export function tellRefusal(
  context: RoutingContext,
  facts: CallFacts,
  outcome: Attempt["outcome"],
): void {
  tell(context, {
    workspaceId: facts.workspaceId,
    sessionId: facts.options.sessionId,
    model: facts.candidate.name,
    number: facts.number,
    outcome,
    durationMs: 0,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
    estimated: false,
  });
}

function tell({ logger, onAttempt }: RoutingContext, attempt: Attempt): void {
  const { model, number, outcome, durationMs } = attempt;
  const failed = outcome !== "answered" && outcome !== "aborted";
  if (failed) logger?.warn("model failed", { model, number, code: outcome, durationMs });
  try {
    onAttempt?.(attempt);
  } catch (error) {
    logger?.error("onAttempt failed", { reason: error instanceof Error ? error.message : "" });
  }
}

function priceOf(model: string, { prices, unpriced, logger }: RoutingContext): Price | undefined {
  const price = findPrice(model, prices);
  const isTold = unpriced.has(model) || unpriced.size >= MAX_TOLD;
  if (price !== undefined || isTold) return price;
  unpriced.add(model);
  logger?.warn("model has no price: only token limits hold it", { model });
  return undefined;
}
