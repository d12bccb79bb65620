// SPDX-License-Identifier: Apache-2.0

import type { ModelRouter as ProviderRouter, Provider, Route } from "@sigil/provider";
import type { ModelRouter } from "./services.ts";

type CallOptions = Parameters<ModelRouter["listModels"]>[0];

/**
 * A router that can be replaced while it is used.
 *
 * Who was given a route goes on with it: a router that was replaced is closed only with the last.
 */
export class LiveRouter implements ModelRouter {
  readonly #all: ProviderRouter[];
  #current: ProviderRouter;

  /** Begins with a router, which it closes. */
  constructor(first: ProviderRouter) {
    this.#current = first;
    this.#all = [first];
  }

  /** Puts another router in the place of the present one. */
  replace(next: ProviderRouter): void {
    this.#all.push(next);
    this.#current = next;
  }

  /** Finds a provider, as the present router does. */
  route(workspaceId: string, modelName: string, options?: CallOptions): Promise<Route> {
    return this.#current.route(workspaceId, modelName, options);
  }

  /** Lists models, as the present router does. */
  listModels(options?: CallOptions): ReturnType<ModelRouter["listModels"]> {
    return this.#current.listModels(options);
  }

  /** Tells how the providers of the present router are. */
  status(): ReturnType<ModelRouter["status"]> {
    return this.#current.status();
  }

  /** Adds a provider to the present router. */
  registerProvider(name: string, provider: Provider): void {
    this.#current.registerProvider(name, provider);
  }

  /** Closes every router that there was. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map((router) => router.close()));
  }

  /** The same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
