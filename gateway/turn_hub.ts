// SPDX-License-Identifier: Apache-2.0

import type { TurnEvent } from "@sigil/agent";
import { abortable } from "./abortable.ts";
import type { Clock } from "./clock.ts";
import { GatewayError } from "./errors.ts";
import { eventFrame } from "./event_stream.ts";
import { newId } from "./new_id.ts";

/** How long and how much a {@linkcode TurnHub} keeps. */
export interface TurnHubOptions {
  /** Tells the time. */
  readonly clock: Clock;
  /** How long a turn goes on when nobody reads it, in milliseconds. */
  readonly graceMs: number;
  /** How long the events of a turn that is over are kept, in milliseconds. */
  readonly keepMs: number;
  /** How many characters of events are kept of one turn. */
  readonly maxTurnLength?: number | undefined;
  /** How many characters of events are kept of all turns that are over. */
  readonly maxKeptLength?: number | undefined;
}

const MAX_TURN_LENGTH = 4 * 1024 * 1024;
const MAX_KEPT_LENGTH = 4 * 1024 * 1024;

/** A turn's event, or an error that only the gateway can know of. */
export type StreamEvent =
  | TurnEvent
  | { readonly type: "error"; readonly code: string; readonly message: string };

/** What starts a turn. */
export interface TurnStart {
  /** The user who asks, and alone may read it. */
  readonly userId: string;
  /** The events. They must end, with an event of type `error` rather than by throwing. */
  readonly events: AsyncIterable<StreamEvent>;
  /** Stops the work. */
  readonly stop: (reason: unknown) => void;
}

/**
 * Runs turns apart from the clients that read them, so that a stream that broke can be resumed.
 *
 * Every event is kept, up to a limit, with a number. A turn that nobody reads is stopped after a grace.
 */
export class TurnHub {
  readonly #options: TurnHubOptions;
  readonly #turns: Map<string, HeldTurn> = new Map();
  #keptLength = 0;
  #isClosed = false;

  /** Makes an empty one. */
  constructor(options: TurnHubOptions) {
    this.#options = options;
  }

  /** Runs a turn from now on, whether or not it is read. */
  start(start: TurnStart): HeldTurn {
    const { clock } = this.#options;
    const turn = new HeldTurn(newId(clock.now()), start, this.#options);
    this.#turns.set(turn.id, turn);
    turn.run(start.events).finally(() => this.#keep(turn));
    return turn;
  }

  /**
   * Gives a turn that is under way, or has been over for a short time only.
   *
   * @throws {GatewayError} With code `turn_not_found`, also when it is another user's.
   */
  get(id: string, userId: string): HeldTurn {
    const turn = this.#turns.get(id);
    if (turn?.userId === userId) return turn;
    const message = `Cannot resume turn "${id}": it is unknown, or was over too long ago`;
    throw new GatewayError("turn_not_found", message);
  }

  /** How many turns are kept: those under way, and those that were over a short time ago. */
  get size(): number {
    return this.#turns.size;
  }

  /** Forgets every turn that is over, and the others as soon as they are. */
  close(): void {
    this.#isClosed = true;
    for (const turn of [...this.#turns.values()]) {
      if (turn.isOver) this.#forget(turn);
    }
  }

  #keep(turn: HeldTurn): void {
    if (this.#isClosed) {
      this.#turns.delete(turn.id);
      return;
    }
    this.#keptLength += turn.length;
    turn.cancelTimer = this.#options.clock.schedule(() => this.#forget(turn), this.#options.keepMs);
    const limit = this.#options.maxKeptLength ?? MAX_KEPT_LENGTH;
    for (const old of this.#turns.values()) {
      if (this.#keptLength <= limit) return;
      if (old.isOver) this.#forget(old);
    }
  }

  #forget(turn: HeldTurn): void {
    turn.cancelTimer();
    if (this.#turns.delete(turn.id)) this.#keptLength -= turn.length;
  }
}

/** A turn whose events are kept for those who read it, now or again. */
export class HeldTurn {
  /** Names the turn; each event's id is this, a colon, and a number from 1. */
  readonly id: string;
  /** The user who may read it. */
  readonly userId: string;
  /** Takes back the timer of its grace, or of its being kept. */
  cancelTimer: () => void = () => {};
  #stop: TurnStart["stop"];
  readonly #options: TurnHubOptions;
  readonly #frames: string[] = [];
  #dropped = 0;
  #length = 0;
  #readers = 0;
  #isOver = false;
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  /** Made by {@linkcode TurnHub.start}. */
  constructor(
    id: string,
    { userId, stop }: Omit<TurnStart, "events">,
    options: TurnHubOptions,
  ) {
    this.id = id;
    this.userId = userId;
    this.#stop = stop;
    this.#options = options;
  }

  /** Whether its last event has come. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** How many characters of events are kept. */
  get length(): number {
    return this.#length;
  }

  /** Takes every event in. Never rejects. */
  async run(events: TurnStart["events"]): Promise<void> {
    this.#startGrace();
    for await (const event of events) this.#push(event);
    this.#isOver = true;
    this.#stop = () => {}; // of a turn that is over only the events are worth their memory
    this.cancelTimer();
    this.#wake();
  }

  /** Stops the work. */
  stop(reason: unknown): void {
    this.#stop(reason);
  }

  /**
   * Gives every event after one, as frames of an event stream, until the turn is over.
   *
   * @param after The number of the last event that was seen; 0 for none.
   * @throws {GatewayError} With code `replay_gone`, or the reason of the signal.
   */
  async *read(after: number, signal: AbortSignal): AsyncGenerator<string, void, void> {
    this.#readers++;
    this.cancelGrace();
    try {
      for (let number = after + 1;; number++) {
        const frame = await this.#waitFor(number, signal);
        if (frame === undefined) return;
        yield frame;
      }
    } finally {
      this.#readers--;
      if (this.#readers === 0) this.#startGrace();
    }
  }

  async #waitFor(number: number, signal: AbortSignal): Promise<string | undefined> {
    while (true) {
      const index = number - 1 - this.#dropped;
      if (index < 0) throw replayGone(this.id);
      if (index < this.#frames.length) return this.#frames[index];
      if (this.#isOver) return undefined;
      await abortable(this.#changed.promise, signal);
    }
  }

  #push(event: StreamEvent): void {
    const id = `${this.id}:${this.#dropped + this.#frames.length + 1}`;
    const frame = eventFrame(JSON.stringify(event), { id, type: event.type });
    this.#frames.push(frame);
    this.#length += frame.length;
    this.#dropOldest();
    this.#wake();
  }

  /** Keeps memory bounded, however long the answer: who reads that far behind is told so. */
  #dropOldest(): void {
    const limit = this.#options.maxTurnLength ?? MAX_TURN_LENGTH;
    while (this.#length > limit && this.#frames.length > 1) {
      this.#length -= this.#frames.shift()?.length ?? 0;
      this.#dropped++;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Takes the grace back: somebody reads. */
  cancelGrace(): void {
    if (!this.#isOver) this.cancelTimer();
  }

  #startGrace(): void {
    if (this.#isOver) return;
    this.cancelTimer();
    this.cancelTimer = this.#options.clock.schedule(() => {
      this.stop(new GatewayError("cancelled", "Cannot go on with the turn: nobody reads it"));
    }, this.#options.graceMs);
  }
}

function replayGone(id: string): GatewayError {
  const message = `Cannot resume turn "${id}" from there: its early events are no longer kept`;
  return new GatewayError("replay_gone", message);
}
