// SPDX-License-Identifier: Apache-2.0

/** How far ticks are apart, in milliseconds: a reader of text does not see it. */
const TICK_MS = 5;

/** Wakes up those who wait for the next tick. */
export interface Ticks {
  /** Runs something at the next tick, once. */
  add(run: () => void): void;
  /** Takes it back; does nothing when it has run. */
  remove(run: () => void): void;
}

/** One timer for all who wait. There are no ticks while nobody does. */
class PlatformTicks implements Ticks {
  readonly #waiting = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  add(run: () => void): void {
    this.#waiting.add(run);
    this.#timer ??= setTimeout(this.#tick, TICK_MS);
  }

  remove(run: () => void): void {
    this.#waiting.delete(run);
    if (this.#waiting.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const run of due) run();
  };
}

/** The ticks of this process. */
export const PLATFORM_TICKS: Ticks = new PlatformTicks();
