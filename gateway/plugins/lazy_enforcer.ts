// SPDX-License-Identifier: Apache-2.0

import type { AccessDecision, AccessRequest, Enforcer, EnforcerOptions } from "@sigil/plugin";

/** An enforcer that is loaded when the first decision is asked for: most turns use no tool. */
export class LazyEnforcer {
  readonly #options: EnforcerOptions;
  #loading: Promise<Enforcer> | undefined;

  /** Makes one with the options of {@linkcode Enforcer}. */
  constructor(options: EnforcerOptions) {
    this.#options = options;
  }

  /** Decides, as {@linkcode Enforcer} does. */
  async authorize(request: AccessRequest): Promise<AccessDecision> {
    return await (await this.#load()).authorize(request);
  }

  /** Decides, and throws when it may not be, as {@linkcode Enforcer} does. */
  async enforce(request: AccessRequest): Promise<void> {
    await (await this.#load()).enforce(request);
  }

  #load(): Promise<Enforcer> {
    this.#loading ??= import("@sigil/plugin").then((plugin) => new plugin.Enforcer(this.#options));
    return this.#loading;
  }
}
