// SPDX-License-Identifier: Apache-2.0

import type { CallOptions, Provider } from "./provider.ts";

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
