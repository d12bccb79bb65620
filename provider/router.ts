// SPDX-License-Identifier: Apache-2.0

import type { BudgetLedger } from "./budget.ts";
import type { ProviderErrorCode, Usage } from "./chat.ts";
import type { CallOptions, ModelInfo, Provider, ProviderStatus } from "./provider.ts";

/** Where a request goes. */
export interface Route {
  /** The provider to ask. */
  readonly provider: Provider;
  /** The vendor's name for the model, without the provider's. */
  readonly model: string;
}

/** Chooses a provider for a model. */
export interface Router extends AsyncDisposable {
  /**
   * Finds the provider of a model.
   *
   * An empty name is the workspace's model if it has one, else the default. The provider given fails
   * over, keeps to the budgets and is measured: callers need not.
   *
   * @param modelName `provider/model`, or empty.
   * @throws {ProviderError} With code `unknown_model`.
   */
  route(workspaceId: string, modelName: string, options?: CallOptions): Promise<Route>;
  /**
   * Adds a provider.
   *
   * @throws {ProviderError} With code `bad_request` when the name is taken or malformed.
   */
  registerProvider(name: string, provider: Provider): void;
  /** Closes every provider. Calling it again does nothing. */
  close(): Promise<void>;
}

/** How a provider has been, measured on the last 50 calls to it. */
export interface MeasuredStatus extends ProviderStatus {
  /** How many were answered. */
  readonly successes: number;
  /** How many failed through the provider's fault; an abort or a refused request is not one. */
  readonly failures: number;
  /** The median time to the first event, in milliseconds; absent before the first answer. */
  readonly latencyMs?: number | undefined;
  /**
   * How long it cannot answer as far as is known, in milliseconds; 0 when it can. After one model met
   * a refused key or a broken line, another may still be asked.
   */
  readonly cooldownMs: number;
  /** Its models that cool down by themselves. */
  readonly coolingModels: readonly string[];
}

/** One model asked, or not asked, on the way to an answer. */
export interface Attempt {
  /** The workspace. */
  readonly workspaceId: string;
  /** The session, if told. */
  readonly sessionId?: string | undefined;
  /** The model, `provider/model`. */
  readonly model: string;
  /** 1 for the model that was asked for, 2 for the first of the chain, and so on. */
  readonly number: number;
  /** What came of it: an aborted call is `aborted`, else the code of the error. */
  readonly outcome: "answered" | "aborted" | ProviderErrorCode;
  /** From the question to the end, in milliseconds. */
  readonly durationMs: number;
  /** Tokens, as the vendor told or, where `estimated`, as counted here. */
  readonly usage: Usage;
  /** Whether the vendor told no usage. */
  readonly estimated: boolean;
  /** What it cost in USD; absent when the model has no known price. */
  readonly usd?: number | undefined;
}

/** A router that tells how its providers are and what they offer. */
export interface ModelRouter extends Router {
  /** The account of what was spent. */
  readonly budget: BudgetLedger;
  /** Tells how each provider has been, in the order of their registration. Asks nobody. */
  status(): readonly MeasuredStatus[];
  /**
   * Lists the models of every provider that answers, with `provider/model` as their id.
   *
   * A provider that fails is left out and the failure logged.
   */
  listModels(options?: CallOptions): Promise<readonly ModelInfo[]>;
}
