// SPDX-License-Identifier: Apache-2.0

import type { ModelRouter as ProviderRouter, Provider, Route } from "@sigil/provider";
import { abortable } from "./abortable.ts";
import type { Clock } from "./clock.ts";
import type { ModelRouter } from "./services.ts";

type CallOptions = Parameters<ModelRouter["listModels"]>[0];
type Models = Awaited<ReturnType<ModelRouter["listModels"]>>;

/** How long a list of models is told again before vendors are asked again. */
const KEEP_MODELS_MS = 60_000;

/**
 * A router that can be replaced while it is used.
 *
 * Who was given a route goes on with it. A router that was replaced is kept by its routes alone: when
 * the last is over it is gone, and with it all that its providers hold.
 */
export class LiveRouter implements ModelRouter {
  readonly #clock: Clock;
  readonly #replaced = new Set<WeakRef<ProviderRouter>>();
  #current: ProviderRouter;
  #models: { readonly until: number; readonly list: Promise<Models> } | undefined;

  /** Begins with a router, which it closes. */
  constructor(first: ProviderRouter, clock: Clock) {
    this.#clock = clock;
    this.#current = first;
  }

  /** Puts another router in the place of the present one. */
  replace(next: ProviderRouter): void {
    for (const router of this.#replaced) {
      if (router.deref() === undefined) this.#replaced.delete(router);
    }
    this.#replaced.add(new WeakRef(this.#current));
    this.#current = next;
    this.#models = undefined;
  }

  /** Finds a provider, as the present router does. */
  route(workspaceId: string, modelName: string, options?: CallOptions): Promise<Route> {
    return this.#current.route(workspaceId, modelName, options);
  }

  /** Lists models, as the present router does, and remembers them for a minute. */
  async listModels({ signal }: NonNullable<CallOptions> = {}): Promise<Models> {
    const now = this.#clock.now().getTime();
    if (this.#models === undefined || this.#models.until <= now) {
      // Not under the signal of who asks first: others wait for the same list.
      this.#models = { until: now + KEEP_MODELS_MS, list: this.#current.listModels() };
    }
    const { list } = this.#models;
    return await (signal === undefined ? list : abortable(list, signal));
  }

  /** Tells how the providers of the present router are. */
  status(): ReturnType<ModelRouter["status"]> {
    return this.#current.status();
  }

  /** Adds a provider to the present router. */
  registerProvider(name: string, provider: Provider): void {
    this.#current.registerProvider(name, provider);
  }

  /** Closes the present router, and those that were replaced whose routes are still in use. */
  async close(): Promise<void> {
    const replaced = [...this.#replaced].flatMap((router) => router.deref() ?? []);
    await Promise.all([this.#current, ...replaced].map((router) => router.close()));
  }

  /** The same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
