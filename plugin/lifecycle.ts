// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "./errors.ts";

/** Every {@linkcode PluginState}. */
export const PLUGIN_STATES = [
  "discovered",
  "validating",
  "loading",
  "running",
  "draining",
  "stopping",
  "stopped",
  "error",
] as const;

/**
 * Where a plugin is in its life.
 *
 * - `discovered`: its folder was found.
 * - `validating`: its manifest, files and configuration are checked.
 * - `loading`: its process starts.
 * - `running`: it answers.
 * - `draining`: calls in flight go on, new ones wait.
 * - `stopping`: its process is asked to end.
 * - `stopped`: its process has ended as it should.
 * - `error`: it cannot run; `lastError` of its status says why.
 */
export type PluginState = typeof PLUGIN_STATES[number];

/** From each state, the states that may follow it. */
export const PLUGIN_MOVES = {
  discovered: ["validating", "stopped"],
  validating: ["loading", "stopped", "error"],
  loading: ["running", "stopping", "error"],
  running: ["draining", "stopping", "error"],
  draining: ["stopping", "error"],
  stopping: ["stopped", "error"],
  stopped: ["validating"],
  error: ["validating", "stopped"],
} as const satisfies Record<PluginState, readonly PluginState[]>;

/** Takes each move of a {@linkcode PluginLifecycle}. */
export type PluginMoveListener = (to: PluginState, from: PluginState) => void;

/**
 * The state of one plugin, which moves only as {@linkcode PLUGIN_MOVES} allows.
 *
 * @example Usage
 * ```ts
 * import { PluginLifecycle } from "@sigil/plugin";
 *
 * const lifecycle = new PluginLifecycle("weather");
 * lifecycle.moveTo("validating");
 * lifecycle.canMoveTo("running"); // false: it must load first
 * ```
 */
export class PluginLifecycle {
  readonly #plugin: string;
  readonly #onMove: PluginMoveListener;
  #state: PluginState = "discovered";

  /** Starts in the state `discovered`. */
  constructor(plugin: string, onMove: PluginMoveListener = () => {}) {
    this.#plugin = plugin;
    this.#onMove = onMove;
  }

  /** Where the plugin is. */
  get state(): PluginState {
    return this.#state;
  }

  /** Tells whether that state may follow. */
  canMoveTo(state: PluginState): boolean {
    const moves: readonly PluginState[] = PLUGIN_MOVES[this.#state];
    return moves.includes(state);
  }

  /**
   * Moves to a state, then tells the listener.
   *
   * @throws {PluginError} With code `invalid_state` when that state may not follow.
   */
  moveTo(state: PluginState): void {
    const from = this.#state;
    if (!this.canMoveTo(state)) {
      const message = `Cannot move plugin "${this.#plugin}" from ${from} to ${state}`;
      throw new PluginError("invalid_state", message, { plugin: this.#plugin });
    }
    this.#state = state;
    this.#onMove(state, from);
  }
}
