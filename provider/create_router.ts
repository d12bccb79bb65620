// SPDX-License-Identifier: Apache-2.0

import { BudgetLedger } from "./budget.ts";
import { ProviderError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { Price } from "./prices.ts";
import type { CallOptions, ModelInfo, Provider } from "./provider.ts";
import type { Attempt, MeasuredStatus, ModelRouter, Route } from "./router.ts";
import { Health } from "./_health.ts";
import { type Candidate, RoutedProvider, type RoutingContext } from "./_routed_provider.ts";

const PROVIDER_NAME = /^[a-z0-9][a-z0-9_.-]{0,63}$/i;

const COOLDOWN_MS = 300_000;

/** Options of {@linkcode createRouter}. */
export interface RouterOptions {
  /** The providers, each registered under its own name. */
  readonly providers?: Iterable<Provider> | undefined;
  /** The model used when none is named, `provider/model`. */
  readonly default: string;
  /** The model used when none is named in a workspace, by the workspace's id. */
  readonly overrides?: Readonly<Record<string, string>> | undefined;
  /**
   * Models to ask, in this order, when one fails before its first event: one chain for every model,
   * or one for each, with `*` for all others.
   */
  readonly failover?: readonly string[] | Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * How long a failing provider or model is left alone at most, in milliseconds: 1 second first, and
   * twice as long each time up to this. What a vendor asks for may be more, up to an hour.
   *
   * @default {300_000}
   */
  readonly cooldownMs?: number | undefined;
  /**
   * What may be spent.
   *
   * @default {new BudgetLedger()}
   */
  readonly budget?: BudgetLedger | undefined;
  /** Prices that stand before the list prices; see `findPrice`. */
  readonly prices?: Readonly<Record<string, Price>> | undefined;
  /**
   * The time, in milliseconds since 1970.
   *
   * @default {Date.now}
   */
  readonly now?: (() => number) | undefined;
  /** Where failures and failovers are told. Silent when absent. */
  readonly logger?: Logger | undefined;
  /** Called after each model that was asked or refused. What it throws is logged, no more. */
  readonly onAttempt?: ((attempt: Attempt) => void) | undefined;
}

/**
 * Makes a router: it takes the model that is named, else the workspace's, else the default; asks the
 * next of the chain when one fails before its first text or tool call, leaves a failing provider
 * alone for a while, and keeps to the budgets.
 *
 * Another model is asked after `auth`, `rate_limit`, `overloaded`, `network`, `invalid_response`,
 * `unknown_model` and an empty answer; after `context_length` only one that is known to read more. A
 * `bad_request` and a `budget` refusal are final: no other model makes them right. After the first
 * event nothing is asked again.
 *
 * A model without a known price costs 0 USD, so only limits on tokens hold it; the logger is told.
 *
 * @throws {ProviderError} With code `bad_request` when a name is malformed or taken.
 *
 * @example Usage
 * ```ts
 * import { createRouter } from "@sigil/provider";
 * import { openLocalProvider } from "@sigil/provider/local";
 *
 * await using router = createRouter({
 *   providers: [openLocalProvider()],
 *   default: "local/recall",
 * });
 * const { provider, model } = await router.route("home", "");
 * const messages = [{ role: "user", content: "Hello" }] as const;
 * for await (const event of provider.chat({ model, messages })) {
 *   if (event.type === "text_delta") console.log(event.text);
 * }
 * ```
 */
export function createRouter(options: RouterOptions): ModelRouter {
  const names = [options.default, ...Object.values(options.overrides ?? {}), ...chained(options)];
  for (const name of names) parseModelName(name, "bad_request");
  const router = new DefaultRouter(options);
  for (const provider of options.providers ?? []) router.registerProvider(provider.name, provider);
  return router;
}

class DefaultRouter implements ModelRouter {
  readonly budget: BudgetLedger;
  readonly #options: RouterOptions;
  readonly #context: RoutingContext;
  readonly #entries = new Map<string, { readonly provider: Provider; readonly health: Health }>();
  #closed: Promise<void> | undefined;

  constructor(options: RouterOptions) {
    const { now = Date.now, logger, onAttempt, prices } = options;
    this.budget = options.budget ?? new BudgetLedger({ now });
    this.#options = options;
    this.#context = { now, logger, onAttempt, prices, budget: this.budget, unpriced: new Set() };
  }

  registerProvider(name: string, provider: Provider): void {
    if (!PROVIDER_NAME.test(name)) {
      throw new ProviderError(
        "bad_request",
        `Cannot register provider "${name}": a name has letters, digits, ".", "_" and "-" only`,
      );
    }
    if (this.#entries.has(name)) {
      throw new ProviderError(
        "bad_request",
        `Cannot register provider "${name}": the name is taken`,
      );
    }
    const health = new Health(this.#context.now, this.#options.cooldownMs ?? COOLDOWN_MS);
    this.#entries.set(name, { provider, health });
  }

  async route(workspaceId: string, modelName: string, options: CallOptions = {}): Promise<Route> {
    options.signal?.throwIfAborted();
    this.#assertOpen();
    const { overrides = {}, default: fallback } = this.#options;
    const own = Object.hasOwn(overrides, workspaceId) ? overrides[workspaceId] : undefined;
    const name = modelName || (own ?? fallback);
    const first = this.#candidate(name);
    const rest = this.#chain(name).filter((other) => other !== name);
    const provider = new RoutedProvider({
      first,
      workspaceId,
      context: this.#context,
      rest: () => this.#known(rest),
    });
    return { provider, model: first.model };
  }

  status(): readonly MeasuredStatus[] {
    return [...this.#entries].map(([provider, { health }]) => {
      const { lastError, ...measured } = health.measured();
      const cooldownMs = health.waitMs;
      const message = statusMessage(cooldownMs, lastError, measured);
      const coolingModels = health.coolingModels();
      const available = cooldownMs === 0;
      return { provider, available, message, cooldownMs, coolingModels, ...measured };
    });
  }

  async listModels(options: CallOptions = {}): Promise<readonly ModelInfo[]> {
    this.#assertOpen();
    const lists = await Promise.all([...this.#entries].map(async ([name, { provider }]) => {
      try {
        const models = await provider.listModels(options);
        return models.map((model) => ({ ...model, id: `${name}/${model.id}`, provider: name }));
      } catch (error) {
        options.signal?.throwIfAborted();
        const fields = { provider: name, reason: error instanceof Error ? error.message : "" };
        this.#options.logger?.warn("models not listed", fields);
        return [];
      }
    }));
    return lists.flat();
  }

  close(): Promise<void> {
    this.#closed ??= closeAll([...this.#entries.values()].map(({ provider }) => provider));
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertOpen(): void {
    if (this.#closed === undefined) return;
    throw new ProviderError("unavailable", "Cannot route a model: the router is closed");
  }

  #candidate(name: string): Candidate {
    const [providerName, model] = parseModelName(name, "unknown_model");
    const entry = this.#entries.get(providerName);
    if (entry !== undefined) return { name, providerName, model, ...entry };
    const known = [...this.#entries.keys()].join(", ") || "none";
    throw new ProviderError(
      "unknown_model",
      `Cannot route "${name}": there is no provider "${providerName}"; the providers are: ${known}`,
      { provider: providerName },
    );
  }

  #chain(name: string): readonly string[] {
    const { failover = [] } = this.#options;
    if (isChain(failover)) return failover;
    return (Object.hasOwn(failover, name) ? failover[name] : failover["*"]) ?? [];
  }

  /** A chain may name a provider that is not there now: it is passed over. */
  #known(names: readonly string[]): readonly Candidate[] {
    return names
      .filter((name) => this.#entries.has(parseModelName(name, "unknown_model")[0]))
      .map((name) => this.#candidate(name));
  }
}

function chained({ failover = [] }: RouterOptions): readonly string[] {
  return isChain(failover) ? failover : Object.values(failover).flat();
}

/** `Array.isArray` does not tell a readonly array from the rest of a union. */
function isChain(failover: NonNullable<RouterOptions["failover"]>): failover is readonly string[] {
  return Array.isArray(failover);
}

function parseModelName(
  name: string,
  code: "bad_request" | "unknown_model",
): readonly [provider: string, model: string] {
  const slash = name.indexOf("/");
  const provider = name.slice(0, slash);
  const model = name.slice(slash + 1);
  if (slash > 0 && PROVIDER_NAME.test(provider) && model.trim() !== "") return [provider, model];
  throw new ProviderError(
    code,
    `Cannot route "${name.slice(0, 200)}": a model is named as "provider/model"`,
  );
}

function statusMessage(
  cooldownMs: number,
  lastError: string | undefined,
  { successes, failures }: { readonly successes: number; readonly failures: number },
): string {
  if (cooldownMs > 0) {
    return `Cools down for ${Math.ceil(cooldownMs / 1000)} s after a failure: ${lastError}`;
  }
  if (successes + failures === 0) return "Not asked yet";
  return `Answered ${successes} of the last ${successes + failures} calls`;
}

/** Closes all, also when one fails, and then throws what the first threw. */
async function closeAll(providers: readonly Provider[]): Promise<void> {
  const results = await Promise.allSettled(providers.map((provider) => provider.close()));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
