// SPDX-License-Identifier: Apache-2.0

/** What becomes of a call that comes now. */
type GateState =
  | { readonly name: "open" }
  | { readonly name: "waiting" }
  | { readonly name: "refusing"; readonly error: Error };

/**
 * Lets calls through to a plugin, lets them wait while it is replaced, and refuses them while there is
 * nothing to wait for. It counts those that are under way.
 */
export class CallGate {
  #state: GateState;
  #underWay = 0;
  #changed = Promise.withResolvers<void>();

  /** Refuses every call, with that error. */
  constructor(error: Error) {
    this.#state = { name: "refusing", error };
  }

  /** How many calls are under way. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Lets calls through, those that wait first. */
  open(): void {
    this.#move({ name: "open" });
  }

  /** Lets calls wait. */
  hold(): void {
    this.#move({ name: "waiting" });
  }

  /** Refuses calls, those that wait too. */
  refuse(error: Error): void {
    this.#move({ name: "refusing", error });
  }

  /**
   * Waits until a call may go through, and counts it. Each call that went through must {@linkcode leave}.
   *
   * @throws The error of {@linkcode refuse}, or the signal's reason.
   */
  async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#state.name === "waiting") await this.#change(signal);
    if (this.#state.name === "refusing") throw this.#state.error;
    this.#underWay++;
  }

  /** Says that a call is over. */
  leave(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#notify();
  }

  /** Waits until calls may go through, also while they are refused. */
  async opened(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#state.name !== "open") await this.#change(signal);
  }

  /** Waits until no call is under way. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.#underWay > 0) await this.#change(signal);
  }

  #move(state: GateState): void {
    this.#state = state;
    this.#notify();
  }

  #notify(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }

  /** Waits for the next change, and keeps nothing of a signal that outlives the wait. */
  async #change(signal: AbortSignal): Promise<void> {
    const { promise } = this.#changed;
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener("abort", abort, { once: true });
    try {
      await Promise.race([promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}
