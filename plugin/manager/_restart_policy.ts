// SPDX-License-Identifier: Apache-2.0

/** How often and how soon a plugin that crashes is started again. */
export interface RestartSettings {
  /** How long it waits after the first crash, in milliseconds; twice as long after each further one. */
  readonly firstDelayMs: number;
  /** How long it waits at most. */
  readonly maxDelayMs: number;
  /** After how many crashes within the window it stays down. */
  readonly limit: number;
  /** How long a crash counts, in milliseconds. */
  readonly windowMs: number;
}

/** Decides whether, and when, a plugin that crashed is started again. */
export class RestartPolicy {
  readonly #settings: RestartSettings;
  #crashes: number[] = [];

  /** Starts without any crash. */
  constructor(settings: RestartSettings) {
    this.#settings = settings;
  }

  /** How many crashes count now. */
  get crashes(): number {
    return this.#crashes.length;
  }

  /** Counts a crash. Gives how long to wait, in milliseconds; nothing when it shall stay down. */
  crashed(now: Date): number | undefined {
    const { firstDelayMs, maxDelayMs, limit, windowMs } = this.#settings;
    const time = now.getTime();
    this.#crashes = [...this.#crashes.filter((crash) => time - crash < windowMs), time];
    if (this.#crashes.length >= limit) return undefined;
    return Math.min(maxDelayMs, firstDelayMs * 2 ** (this.#crashes.length - 1));
  }

  /** Forgets all crashes, since somebody started the plugin on purpose. */
  reset(): void {
    this.#crashes = [];
  }
}
