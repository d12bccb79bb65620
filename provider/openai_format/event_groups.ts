// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent } from "../chat.ts";
import { PLATFORM_TICKS, type Ticks } from "../vendor_call/ticks.ts";

/** Where the pieces of an answer come from; nothing is its end. */
export interface PieceSource {
  /** Gives the next piece. It is not asked again before that is there. */
  read(): Promise<Uint8Array | undefined>;
}

/**
 * Reads a piece of an answer, or its end, and adds what it tells to `events`.
 *
 * @returns Whether the answer is whole.
 */
export type TakePiece = (piece: Uint8Array | undefined, events: ChatEvent[]) => boolean;

/**
 * Puts events together that come within one tick: each group costs its reader as much as one event.
 *
 * The first events are given at once, and so are those that come alone, as they do from a vendor: only
 * what comes sooner after a group than the next tick waits for that tick.
 */
export class EventGroups {
  readonly #source: PieceSource;
  readonly #take: TakePiece;
  readonly #ticks: Ticks;
  #events: ChatEvent[] = [];
  #isWhole = false;
  #failure: { readonly error: unknown } | undefined;
  #isReading = false;
  /** Whether a group was given since the last tick. */
  #isHolding = false;
  #wake: (() => void) | undefined;

  /** Makes one that borrows the source. */
  constructor(source: PieceSource, take: TakePiece, ticks: Ticks = PLATFORM_TICKS) {
    this.#source = source;
    this.#take = take;
    this.#ticks = ticks;
  }

  /** Whether nothing comes after what was given. */
  get isOver(): boolean {
    return this.#isWhole && this.#events.length === 0;
  }

  /**
   * Gives the next events; none, perhaps, at the end.
   *
   * @throws What went wrong, after the events that came before it.
   */
  async next(): Promise<readonly ChatEvent[]> {
    this.#read();
    if (!this.#isReady) await new Promise<void>((resolve) => this.#wake = resolve);
    if (this.#events.length === 0 && this.#failure !== undefined) throw this.#failure.error;
    const events = this.#events;
    this.#events = [];
    if (!this.#isWhole) this.#hold();
    return events;
  }

  /** Leaves the rest. */
  close(): void {
    this.#isWhole = true;
    this.#ticks.remove(this.#onTick);
  }

  get #isReady(): boolean {
    if (this.#isWhole || this.#failure !== undefined) return true;
    return this.#events.length > 0 && !this.#isHolding;
  }

  /** Reads on unless a group lies ready: then its reader comes first. */
  #read(): void {
    if (this.#isReading || this.#isReady) return;
    this.#isReading = true;
    this.#source.read().then(this.#onPiece, this.#onFailure);
  }

  readonly #onPiece = (piece: Uint8Array | undefined): void => {
    this.#isReading = false;
    if (this.#isWhole) return;
    try {
      this.#isWhole = this.#take(piece, this.#events);
    } catch (error) {
      this.#failure = { error };
    }
    this.#goOn();
  };

  readonly #onFailure = (error: unknown): void => {
    this.#isReading = false;
    this.#failure = { error };
    this.#goOn();
  };

  #hold(): void {
    this.#isHolding = true;
    this.#ticks.add(this.#onTick);
  }

  readonly #onTick = (): void => {
    this.#isHolding = false;
    this.#goOn();
  };

  #goOn(): void {
    if (!this.#isReady) return this.#read();
    this.#wake?.();
    this.#wake = undefined;
  }
}
