// SPDX-License-Identifier: Apache-2.0

/** Does one thing after the other, in the order in which they were asked for. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves when all that was asked for so far is done. Never rejects. */
  get idle(): Promise<unknown> {
    return this.#last;
  }

  /** Does something once what was asked for before is done, however that ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
