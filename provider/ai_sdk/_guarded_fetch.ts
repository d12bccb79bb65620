// SPDX-License-Identifier: Apache-2.0

import type { ProviderErrorCode } from "../chat.ts";

/** The function that asks the network; that of the platform unless another is given. */
export type Fetch = (input: Request | URL | string, init?: RequestInit) => Promise<Response>;

/** What a vendor's answer may take. */
export interface GuardLimits {
  /** Until the head of the answer is there, and from there to its first piece, in milliseconds. */
  readonly responseMs: number;
  /** Between two pieces of the answer, in milliseconds. */
  readonly idleMs: number;
  /** For one event of a stream, in bytes. */
  readonly maxEventBytes: number;
  /** For an answer that is no stream, in bytes. */
  readonly maxBodyBytes: number;
}

/** Why a call was ended from here. */
export class GuardError extends Error {
  override readonly name = "GuardError";
  readonly code: ProviderErrorCode;

  constructor(code: ProviderErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Why a signal aborts after an answer that went well. Without it each abort makes an error anew. */
const OVER = new DOMException("The call is over", "AbortError");

/** One call to a vendor: its fetch keeps to the limits and ends when the caller goes away. */
export class GuardedCall {
  /** Why the call was ended from here, if it was. */
  failure: GuardError | undefined;
  readonly #fetch: Fetch;
  readonly #limits: GuardLimits;
  readonly #contentType: string;
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #readers = new Set<ReadableStreamDefaultReader<Uint8Array>>();

  constructor(
    fetch: Fetch,
    limits: GuardLimits,
    contentType: "text/event-stream" | "application/json",
    signal: AbortSignal | undefined,
  ) {
    this.#fetch = fetch;
    this.#limits = limits;
    this.#contentType = contentType;
    this.#outer = signal;
    signal?.addEventListener("abort", this.#forward, { once: true });
    if (signal?.aborted) this.#forward();
  }

  /** Aborts when the call is over, for whatever reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Asks, and gives an answer whose body keeps to the limits. Redirects are not followed. */
  readonly fetch: Fetch = async (input, init = {}) => {
    const response = await this.#ask(input, { ...init, signal: this.signal, redirect: "manual" });
    if (response.ok) this.#checkContentType(response);
    if (response.body === null) return response;
    const { status, statusText, headers } = response;
    const isEvents = response.ok && this.#contentType === "text/event-stream";
    return new Response(this.#guard(response.body, isEvents), { status, statusText, headers });
  };

  /** Ends the call, and with it the connection if the answer is not whole. */
  close(failure?: GuardError): void {
    this.failure ??= failure;
    this.#outer?.removeEventListener("abort", this.#forward);
    this.#end(failure ?? OVER);
  }

  readonly #forward = (): void => this.#end(this.#outer?.reason);

  /** Cancels the bodies as well: the signal that a fetch makes of ours may be collected before it. */
  #end(reason: unknown): void {
    this.#controller.abort(reason);
    for (const reader of this.#readers) reader.cancel(reason).catch(() => {});
    this.#readers.clear();
  }

  /** Waits for the head of the answer, but not beyond the end of the call. */
  async #ask(input: Request | URL | string, init: RequestInit): Promise<Response> {
    const asked = this.#fetch(input, init);
    const ended = Promise.withResolvers<never>();
    const onAbort = () => {
      ended.reject(this.signal.reason);
      asked.then((late) => late.body?.cancel()).catch(() => {});
    };
    this.signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#within(this.#limits.responseMs, Promise.race([asked, ended.promise]));
    } finally {
      this.signal.removeEventListener("abort", onAbort);
    }
  }

  #checkContentType(response: Response): void {
    const given = response.headers.get("content-type");
    if (given === null || given.includes(this.#contentType)) return;
    response.body?.cancel().catch(() => {});
    const kind = given.split(";")[0]?.slice(0, 80);
    throw this.#fail("invalid_response", `it answered with ${kind}, not ${this.#contentType}`);
  }

  /** Counts bytes and time. Only a pending read counts as silence: a slow reader is not the vendor's fault. */
  #guard(body: ReadableStream<Uint8Array>, isEvents: boolean): ReadableStream<Uint8Array> {
    const { responseMs, idleMs, maxEventBytes, maxBodyBytes } = this.#limits;
    const most = isEvents ? maxEventBytes : maxBodyBytes;
    const reader = body.getReader();
    this.#readers.add(reader);
    let size = 0;
    let waitMs = responseMs;
    return new ReadableStream({
      pull: async (controller) => {
        const { done, value } = await this.#within(waitMs, reader.read());
        waitMs = idleMs;
        this.signal.throwIfAborted();
        if (done) {
          this.#readers.delete(reader);
          return controller.close();
        }
        size = isEvents ? sizeOfOpenEvent(size, value) : size + value.length;
        if (size > most) throw this.#tooLong(isEvents, most);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
  }

  async #within<T>(ms: number, work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#fail("network", `it was silent for ${ms} ms`), ms);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }

  #tooLong(isEvents: boolean, most: number): GuardError {
    const what = isEvents ? "an event" : "an answer";
    return this.#fail("invalid_response", `it sent ${what} of more than ${most} bytes`);
  }

  #fail(code: ProviderErrorCode, message: string): GuardError {
    const failure = new GuardError(code, message);
    this.close(failure);
    return failure;
  }
}

/** Counts the bytes after the last empty line, which ends an event. */
function sizeOfOpenEvent(before: number, chunk: Uint8Array): number {
  for (let i = chunk.lastIndexOf(LINE_FEED); i > 0; i = chunk.lastIndexOf(LINE_FEED, i - 1)) {
    const previous = chunk[i - 1] === CARRIAGE_RETURN ? chunk[i - 2] : chunk[i - 1];
    if (previous === LINE_FEED) return chunk.length - i - 1;
  }
  return chunk[0] === LINE_FEED || chunk[0] === CARRIAGE_RETURN
    ? chunk.length
    : before + chunk.length;
}
