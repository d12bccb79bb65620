// SPDX-License-Identifier: Apache-2.0

const OVER = { done: true, value: undefined } as const;

/**
 * Gives items that can be looked for without waiting.
 *
 * It is what an async generator would be, at a fraction of the cost: an item that is there already
 * takes one promise, however many layers it comes through.
 */
export abstract class PolledIterator<T> implements AsyncIterableIterator<T, undefined, undefined> {
  /** The last of those who wait. */
  #last: Promise<unknown> | undefined;
  #waiting = 0;
  #over = false;

  /** Gives the next item, or that there is none; `undefined` while nobody knows. May throw. */
  abstract poll(): IteratorResult<T, undefined> | undefined;

  /** Resolves when it is time to {@linkcode poll} again. */
  abstract ready(): Promise<void>;

  /** Told once, when nobody asks for more. */
  protected abstract leave(): void;

  /** Gives the next item. Who asks before the one before was given waits for their turn. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#last === undefined) {
      try {
        const result = this.#take();
        if (result !== undefined) return Promise.resolve(result);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const next = this.#wait(this.#last);
    this.#last = next;
    return next;
  }

  /** Ends it. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.#end();
    return Promise.resolve(OVER);
  }

  /** Gives itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  async #wait(before: Promise<unknown> | undefined): Promise<IteratorResult<T, undefined>> {
    this.#waiting++;
    try {
      await before?.catch(() => {}); // Whoever waits for that one is told.
      for (;;) {
        const result = this.#take();
        if (result !== undefined) return result;
        await this.ready();
      }
    } finally {
      if (--this.#waiting === 0) this.#last = undefined;
    }
  }

  #take(): IteratorResult<T, undefined> | undefined {
    if (this.#over) return OVER;
    try {
      const result = this.poll();
      if (result?.done === true) this.#end();
      return result;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.leave();
  }
}
