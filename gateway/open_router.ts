// SPDX-License-Identifier: Apache-2.0

import type { Config, PriceConfig } from "@sigil/config";
import {
  type BudgetLedger,
  createRouter,
  type ModelRouter,
  type Price,
  type Provider,
} from "@sigil/provider";
import type { Logger } from "./logger.ts";

/** What a router works with beside the configuration. */
export interface OpenRouterOptions {
  /** The providers, which the router closes. */
  readonly providers: readonly Provider[];
  /** The account of what was spent. */
  readonly budget: BudgetLedger;
  /** Told of failures and failovers. */
  readonly logger: Logger;
}

/** Makes the router that the section `models` of a configuration describes. */
export function openRouter({ models }: Config, options: OpenRouterOptions): ModelRouter {
  return createRouter({
    providers: options.providers,
    default: models.default,
    overrides: models.overrides,
    failover: models.failover,
    cooldownMs: models.cooldown_ms,
    budget: options.budget,
    prices: Object.fromEntries(
      Object.entries(models.prices).map(([model, price]) => [model, toPrice(price)]),
    ),
    logger: options.logger,
  });
}

function toPrice({ input, output, cache_read, cache_write }: PriceConfig): Price {
  return { input, output, cacheRead: cache_read, cacheWrite: cache_write };
}
