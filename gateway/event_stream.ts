// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "./clock.ts";
import { GatewayError } from "./errors.ts";

/** How {@linkcode eventStreamResponse} behaves towards its client. */
export interface EventStreamOptions {
  /** Tells the time. */
  readonly clock: Clock;
  /** How often a silent stream sends a comment, in milliseconds. */
  readonly heartbeatMs: number;
  /** How long a client may read nothing, in milliseconds. */
  readonly stallMs: number;
  /** Further headers of the response. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Called once when the client left or stalled, with the reason; the frames should end then. */
  readonly onLeave: (reason: unknown) => void;
}

const ENCODER = new TextEncoder();
const HEARTBEAT = ENCODER.encode(": still here\n\n");
const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

/** Writes one server-sent event. Line breaks inside `data` must have been escaped, as JSON does. */
export function eventFrame(
  data: string,
  event?: { readonly id: string; readonly type: string },
): string {
  if (event === undefined) return `data: ${data}\n\n`;
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${data}\n\n`;
}

/**
 * Answers with server-sent events. What the iterable gives at once is written at once: one frame, or
 * several.
 *
 * More is asked for only when the client has room for it, so a slow client slows its source down and
 * nothing piles up in memory. One that reads nothing for `stallMs` is cut off.
 */
export function eventStreamResponse(
  frames: AsyncIterable<string>,
  options: EventStreamOptions,
): Response {
  const pump = new Pump(frames[Symbol.asyncIterator](), options);
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => pump.pull(controller),
    cancel: () => pump.leave(new DOMException("The client left", "AbortError")),
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { ...HEADERS, ...options.headers } });
}

type Controller = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

/**
 * Carries frames from an iterator into a response, one for each time that the client has room.
 *
 * One timer watches both sides, however many frames there are: it looks when it fires who was waited
 * for how long.
 */
class Pump {
  readonly #frames: AsyncIterator<string>;
  readonly #options: EventStreamOptions;
  readonly #intervalMs: number;
  #controller: Controller | undefined;
  /** Whether the client waits for something; else it was given something, and should take it. */
  #isAsked = false;
  /** Whether a frame was asked for that has not come. */
  #isReading = false;
  #isOver = false;
  /** Since when the one side waits for the other. */
  #since: number;
  #cancelTimer: () => void;

  constructor(frames: AsyncIterator<string>, options: EventStreamOptions) {
    this.#frames = frames;
    this.#options = options;
    this.#intervalMs = Math.min(options.heartbeatMs, options.stallMs);
    this.#since = options.clock.now().getTime();
    this.#cancelTimer = options.clock.schedule(() => this.#check(), this.#intervalMs);
  }

  /** The client has room. */
  pull(controller: Controller): void {
    this.#controller = controller;
    this.#isAsked = true;
    this.#since = this.#options.clock.now().getTime();
    if (!this.#isReading) this.#read(controller);
  }

  /** The client is gone, or is treated so. */
  leave(reason: unknown): void {
    this.#end();
    this.#options.onLeave(reason);
    this.#frames.return?.()?.catch(() => {}); // its own end is told to nobody any more
  }

  async #read(controller: Controller): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isAsked && !this.#isOver) {
        const next = await this.#frames.next();
        if (this.#isOver) return;
        if (!next.done) this.#give(controller, ENCODER.encode(next.value));
        else this.#end(() => controller.close());
      }
    } catch (error) {
      if (!this.#isOver) this.#end(() => controller.error(error));
    } finally {
      this.#isReading = false;
    }
  }

  #give(controller: Controller, bytes: Uint8Array<ArrayBuffer>): void {
    this.#isAsked = false;
    this.#since = this.#options.clock.now().getTime();
    controller.enqueue(bytes); // if the client waits for more already, it asks now
  }

  #end(close?: () => void): void {
    this.#isOver = true;
    this.#cancelTimer();
    close?.();
  }

  #check(): void {
    const { clock, heartbeatMs, stallMs } = this.#options;
    const rest = this.#since + (this.#isAsked ? heartbeatMs : stallMs) - clock.now().getTime();
    // Never later than the shorter limit: by then it may be the other side that is waited for.
    const nextMs = rest > 0 ? Math.min(rest, this.#intervalMs) : this.#intervalMs;
    this.#cancelTimer = clock.schedule(() => this.#check(), nextMs);
    if (rest > 0 || this.#controller === undefined) return;
    if (this.#isAsked) return this.#give(this.#controller, HEARTBEAT);
    const stalled = new GatewayError("client_stalled", "Cannot go on: the client reads no more");
    this.#controller.error(stalled);
    this.leave(stalled);
  }
}
