// SPDX-License-Identifier: Apache-2.0

import type { TurnEvent } from "./turn.ts";

/** Runs a turn under a signal. */
type Run = (signal: AbortSignal) => AsyncGenerator<TurnEvent, void>;

/** Why a turn stops whose reader has left. Never seen outside. */
const LEFT = new DOMException("The reader left the turn", "AbortError");

/**
 * The events of a turn, for one reader.
 *
 * It does what a generator alone cannot: leaving stops a turn that is waiting for its provider, and an
 * abort stops a turn whose reader has stopped reading. Nothing runs before the first event is asked for.
 */
export class TurnStream implements AsyncIterableIterator<TurnEvent> {
  readonly #controller = new AbortController();
  readonly #events: AsyncGenerator<TurnEvent, void>;
  readonly #signal: AbortSignal | undefined;
  #begun = false;
  /** How many events are being waited for. */
  #reading = 0;
  /** The end of a turn that was aborted while nobody read. */
  #letGo: Promise<unknown> | undefined;

  constructor(run: Run, signal: AbortSignal | undefined) {
    this.#events = run(this.#controller.signal);
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<TurnEvent, void>> {
    this.#begin();
    if (this.#letGo !== undefined) return await this.#tellOfAbort(this.#letGo);
    this.#reading++;
    try {
      const result = await this.#events.next();
      if (result.done || isLast(result.value)) this.#finish();
      return result;
    } catch (error) {
      this.#unlisten();
      if (error === LEFT) return { done: true, value: undefined };
      throw error;
    } finally {
      this.#reading--;
    }
  }

  async return(): Promise<IteratorResult<TurnEvent, void>> {
    this.#begun = true;
    this.#unlisten();
    this.#controller.abort(LEFT);
    return await this.#events.return();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    if (this.#signal?.aborted) this.#abort();
    else this.#signal?.addEventListener("abort", this.#abort, { once: true });
  }

  readonly #abort = (): void => {
    this.#controller.abort(this.#signal?.reason);
    if (this.#reading === 0) this.#letGo = this.#events.return().catch(() => {});
  };

  async #tellOfAbort(letGo: Promise<unknown>): Promise<never> {
    this.#letGo = undefined;
    await letGo;
    throw this.#signal?.reason;
  }

  /** Ends the turn, also when its reader does not read on after the last event. */
  #finish(): void {
    this.#unlisten();
    this.#events.return().catch(() => {});
  }

  #unlisten(): void {
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

function isLast({ type }: TurnEvent): boolean {
  return type === "done" || type === "error";
}
