// SPDX-License-Identifier: Apache-2.0

import type { Config } from "@sigil/config";
import { toConfigView } from "./config_view.ts";
import type { ConfigView, WorkspaceView } from "./services.ts";

/** The configuration as it is now, which may be replaced while the gateway runs. */
export class LiveConfig {
  #config: Config;
  #view: ConfigView;

  /** Begins with a configuration. */
  constructor(config: Config) {
    this.#config = config;
    this.#view = toConfigView(config);
  }

  /** The configuration. */
  get config(): Config {
    return this.#config;
  }

  /** What the HTTP surface shows of it. */
  get view(): ConfigView {
    return this.#view;
  }

  /** Puts another in its place. */
  replace(next: Config): void {
    this.#config = next;
    this.#view = toConfigView(next);
  }

  /** Gives a workspace; undefined when there is none of that name. */
  findWorkspace(id: string): WorkspaceView | undefined {
    return this.#view.workspaces.find((workspace) => workspace.id === id);
  }
}
