// SPDX-License-Identifier: Apache-2.0

import type {
  ProviderAvailability,
  ProviderChatEvent,
  ProviderChatRequest,
  ProviderModel,
} from "../sdk/provider_plugin.ts";
import type { PluginCallOptions } from "./plugin_process.ts";

/** The models that a plugin brings. */
export interface PluginProvider {
  /** Lists them. */
  listModels(options?: PluginCallOptions): Promise<readonly ProviderModel[]>;
  /**
   * Asks one of them. Breaking out of the loop cancels it.
   *
   * What the model fails with is an `error` event. `done` or `error` is the last event, and there
   * always is one. Without `timeoutMs` there is no limit.
   */
  chat(request: ProviderChatRequest, options?: PluginCallOptions): AsyncIterable<ProviderChatEvent>;
  /** Tells whether it can be asked now. */
  status(options?: PluginCallOptions): Promise<ProviderAvailability>;
}
