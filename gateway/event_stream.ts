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

/** Carries frames from an iterator into a response, one for each time that the client has room. */
class Pump {
  readonly #frames: AsyncIterator<string>;
  readonly #options: EventStreamOptions;
  #next: Promise<IteratorResult<string>> | undefined;
  #cancelStall: () => void = () => {};

  constructor(frames: AsyncIterator<string>, options: EventStreamOptions) {
    this.#frames = frames;
    this.#options = options;
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    this.#cancelStall();
    this.#next ??= this.#frames.next();
    const next = await this.#nextOrHeartbeat(this.#next);
    if (next === "heartbeat") controller.enqueue(HEARTBEAT);
    else if (next.done) return controller.close();
    else controller.enqueue(ENCODER.encode(next.value));
    this.#watchStall(controller);
  }

  leave(reason: unknown): void {
    this.#cancelStall();
    this.#options.onLeave(reason);
    this.#frames.return?.()?.catch(() => {}); // its own end is told to nobody any more
  }

  async #nextOrHeartbeat(
    pending: Promise<IteratorResult<string>>,
  ): Promise<IteratorResult<string> | "heartbeat"> {
    const silent = Promise.withResolvers<"heartbeat">();
    const { clock, heartbeatMs } = this.#options;
    const cancel = clock.schedule(() => silent.resolve("heartbeat"), heartbeatMs);
    const next = await Promise.race([pending, silent.promise]).finally(cancel);
    if (next !== "heartbeat") this.#next = undefined;
    return next;
  }

  #watchStall(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): void {
    const { clock, stallMs } = this.#options;
    this.#cancelStall = clock.schedule(() => {
      const stalled = new GatewayError("client_stalled", "Cannot go on: the client reads no more");
      controller.error(stalled);
      this.leave(stalled);
    }, stallMs);
  }
}
