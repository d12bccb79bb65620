// SPDX-License-Identifier: Apache-2.0

/** Runs at most so many tasks at a time; the others wait in order. */
export class Limiter {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** Lets that many tasks run at a time. */
  constructor(limit: number) {
    this.#free = limit;
  }

  /** Runs a task when there is room. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
