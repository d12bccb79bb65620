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
 * Answers with server-sent events.
 *
 * A frame is asked for only when the client has room for it, so a slow client slows its source down
 * and nothing piles up in memory. One that reads nothing for `stallMs` is cut off.
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

/** Carries frames from an iterator into a response, one for each time that the client has room. */
class Pump {
  readonly #frames: AsyncIterator<string>;
  readonly #options: EventStreamOptions;
  readonly #watch: PumpWatch;
  #next: Promise<IteratorResult<string>> | undefined;

  constructor(frames: AsyncIterator<string>, options: EventStreamOptions) {
    this.#frames = frames;
    this.#options = options;
    this.#watch = new PumpWatch(options);
  }

  async pull(controller: Controller): Promise<void> {
    this.#next ??= this.#frames.next();
    const next = await Promise.race([this.#next, this.#watch.asked()]);
    if (next === "heartbeat") return this.#give(controller, HEARTBEAT);
    this.#next = undefined;
    if (!next.done) return this.#give(controller, ENCODER.encode(next.value));
    this.#watch.cancel();
    controller.close();
  }

  leave(reason: unknown): void {
    this.#watch.cancel();
    this.#options.onLeave(reason);
    this.#frames.return?.()?.catch(() => {}); // its own end is told to nobody any more
  }

  #give(controller: Controller, bytes: Uint8Array<ArrayBuffer>): void {
    controller.enqueue(bytes);
    this.#watch.given(() => {
      const stalled = new GatewayError("client_stalled", "Cannot go on: the client reads no more");
      controller.error(stalled);
      this.leave(stalled);
    });
  }
}

/** Tells when a source is silent, and when a client is. One timer for a whole stream, however many frames. */
class PumpWatch {
  readonly #options: EventStreamOptions;
  readonly #intervalMs: number;
  #since: number;
  #onHeartbeat: (() => void) | undefined;
  #onStall: (() => void) | undefined;
  #cancel: () => void;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#since = options.clock.now().getTime();
    this.#intervalMs = Math.min(options.heartbeatMs, options.stallMs);
    this.#cancel = options.clock.schedule(() => this.#check(), this.#intervalMs);
  }

  /** The client waits: gives a promise of the moment at which it should be told that we are alive. */
  asked(): Promise<"heartbeat"> {
    this.#since = this.#options.clock.now().getTime();
    this.#onStall = undefined;
    const { promise, resolve } = Promise.withResolvers<"heartbeat">();
    this.#onHeartbeat = () => resolve("heartbeat");
    return promise;
  }

  /** The client was given something, and should take it before long. */
  given(onStall: () => void): void {
    this.#since = this.#options.clock.now().getTime();
    this.#onStall = onStall;
  }

  /** Ends the watch. */
  cancel(): void {
    this.#cancel();
  }

  #check(): void {
    const { clock, heartbeatMs, stallMs } = this.#options;
    const limit = this.#onStall === undefined ? heartbeatMs : stallMs;
    const rest = this.#since + limit - clock.now().getTime();
    // Never later than the shorter limit: by then it may be the other side that is waited for.
    const nextMs = rest > 0 ? Math.min(rest, this.#intervalMs) : this.#intervalMs;
    this.#cancel = clock.schedule(() => this.#check(), nextMs);
    if (rest <= 0) (this.#onStall ?? this.#onHeartbeat)?.();
  }
}
