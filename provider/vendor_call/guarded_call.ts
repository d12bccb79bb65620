// SPDX-License-Identifier: Apache-2.0

import type { ProviderErrorCode } from "../chat.ts";
import { BodyReader } from "./body_reader.ts";
import { Deadline } from "./deadline.ts";
import { GuardError } from "./guard_error.ts";
import { sentErrorOf } from "./sent_error.ts";
import { TextPieces } from "./text_pieces.ts";

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

const SHORT_BODY_BYTES = 16 * 1024;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Why a signal aborts after an answer that went well. Without it each abort makes an error anew. */
const OVER = new DOMException("The call is over", "AbortError");

/** One call to a vendor: it keeps to the limits and ends when the caller goes away. */
export class GuardedCall {
  /** Why the call was ended from here, if it was. */
  failure: GuardError | undefined;
  readonly #fetch: Fetch;
  readonly #limits: GuardLimits;
  readonly #contentType: string;
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #deadline = new Deadline((ms) => this.#fail("network", `it was silent for ${ms} ms`));
  readonly #bodies = new Set<GuardedBody>();
  /** Whether an answer may be under way: then the end of the call must reach the connection. */
  #isAsking = false;
  #onEnd: ((reason: unknown) => void) | undefined;

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

  /** Aborts when the call is over before its answer is whole. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Asks, and gives an answer whose body keeps to the limits, for those who read it themselves. */
  readonly fetch: Fetch = async (input, init) => {
    const response = await this.ask(input, init);
    if (response.body === null) return response;
    const { status, statusText, headers } = response;
    return new Response(streamOf(this.open(response)), { status, statusText, headers });
  };

  /**
   * Asks, and gives the answer once its head is there. Its body is to be read with {@linkcode open}.
   * Redirects are not followed.
   */
  async ask(input: Request | URL | string, init: RequestInit = {}): Promise<Response> {
    this.signal.throwIfAborted();
    this.#isAsking = true;
    this.#deadline.begin(this.#limits.responseMs);
    const asked = this.#fetch(input, { ...init, signal: this.signal, redirect: "manual" });
    const response = await this.#untilEnd(asked);
    this.#deadline.met();
    if (response.ok && !this.#isOfType(response)) throw await this.#wrongType(response);
    return response;
  }

  /** Opens the body of an answer: an empty one when there is none. */
  open(response: Response): GuardedBody {
    return this.#open(response, response.ok && this.#contentType === "text/event-stream");
  }

  #open(response: Response, isEvents: boolean): GuardedBody {
    const most = isEvents ? this.#limits.maxEventBytes : this.#limits.maxBodyBytes;
    const body = new GuardedBody(response, {
      most,
      isEvents,
      limits: this.#limits,
      deadline: this.#deadline,
      signal: this.signal,
      onEnd: () => this.#bodies.delete(body),
      tooLong: () => this.#tooLong(isEvents, most),
    });
    this.#isAsking = false;
    // Not every fetch that is handed in heeds its signal.
    if (this.signal.aborted) body.cancel(this.signal.reason);
    else this.#bodies.add(body);
    return body;
  }

  /** Ends the call, and with it the connection if the answer is not whole. */
  close(failure?: GuardError): void {
    this.failure ??= failure;
    this.#outer?.removeEventListener("abort", this.#forward);
    this.#deadline.close();
    if (this.#isAsking || this.#bodies.size > 0 || failure !== undefined) {
      this.#end(failure ?? OVER);
    }
  }

  readonly #forward = (): void => this.#end(this.#outer?.reason);

  /** Cancels the bodies as well: the signal that a fetch makes of ours may be collected before it. */
  #end(reason: unknown): void {
    this.#controller.abort(reason);
    this.#onEnd?.(reason);
    for (const body of this.#bodies) body.cancel(reason);
    this.#bodies.clear();
  }

  /** Waits for the head of the answer, but not beyond the end of the call. */
  #untilEnd(asked: Promise<Response>): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#onEnd = (reason) => {
        reject(reason);
        asked.then((late) => late.body?.cancel()).catch(() => {});
      };
      asked.then(resolve, reject).finally(() => this.#onEnd = undefined);
    });
  }

  #isOfType({ headers }: Response): boolean {
    const given = headers.get("content-type");
    return given === null || given.toLowerCase().includes(this.#contentType);
  }

  /** Where a stream was asked for, JSON is how some vendors say what went wrong, with status 200. */
  async #wrongType(response: Response): Promise<unknown> {
    const kind = response.headers.get("content-type")?.split(";")[0]?.slice(0, 80) ?? "";
    if (/json/i.test(kind)) {
      const sent = sentErrorOf(tryToParse(await this.#open(response, false).text()));
      if (sent !== undefined) return sent;
    } else {
      response.body?.cancel().catch(() => {});
    }
    return this.#fail("invalid_response", `it answered with ${kind}, not ${this.#contentType}`);
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

/** What a {@linkcode GuardedBody} shares with its call. */
interface BodyGuard {
  readonly most: number;
  readonly isEvents: boolean;
  readonly limits: GuardLimits;
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
  readonly onEnd: () => void;
  readonly tooLong: () => GuardError;
}

/** The body of one answer: it counts bytes and time. Only a pending read counts as silence. */
export class GuardedBody {
  /** Whether it was read to its end. */
  isWhole = false;
  readonly #response: Response;
  readonly #guard: BodyGuard;
  readonly #event = new OpenEvent();
  #reader: BodyReader | undefined;
  #onCancel: ((reason: unknown) => void) | undefined;
  #size = 0;
  #waitMs: number;

  constructor(response: Response, guard: BodyGuard) {
    this.#response = response;
    this.#guard = guard;
    this.#waitMs = guard.limits.responseMs;
  }

  /** Gives the next piece, which is valid until the next read; nothing at the end. */
  read(): Promise<Uint8Array | undefined> {
    const { signal, deadline } = this.#guard;
    if (signal.aborted) return Promise.reject(signal.reason);
    const { body } = this.#response;
    if (body === null) return Promise.resolve(this.#finish());
    deadline.begin(this.#waitMs);
    return (this.#reader ??= new BodyReader(body)).read().then(this.#count);
  }

  /** Reads all of it as text. */
  async text(): Promise<string> {
    if (!isShort(this.#response, this.#guard.most)) return await this.#textOfPieces();
    const { signal, deadline } = this.#guard;
    signal.throwIfAborted();
    deadline.begin(this.#waitMs);
    const text = await this.#untilCancelled(this.#response.text());
    this.#met();
    this.#finish();
    return text;
  }

  /** Reads on to the end, and drops what comes. Never rejects. */
  async readRest(): Promise<void> {
    try {
      while (await this.read() !== undefined);
    } catch {
      // What comes after the last event is of no interest.
    }
  }

  /** Ends it, and with it the connection unless it is whole. */
  cancel(reason: unknown): void {
    if (this.#reader !== undefined) this.#reader.cancel(reason);
    else if (this.#onCancel !== undefined) this.#onCancel(reason);
    else this.#response.body?.cancel(reason).catch(() => {}); // it may have failed already
    this.#guard.onEnd();
  }

  /** What was waited for is there, unless it came too late. */
  #met(): void {
    const { signal, deadline, limits } = this.#guard;
    deadline.met();
    this.#waitMs = limits.idleMs;
    signal.throwIfAborted();
  }

  readonly #count = (piece: Uint8Array | undefined): Uint8Array | undefined => {
    this.#met();
    if (piece === undefined) return this.#finish();
    const { isEvents, most } = this.#guard;
    this.#size = isEvents ? this.#event.push(piece) : this.#size + piece.length;
    if (this.#size > most) throw this.#guard.tooLong();
    return piece;
  };

  /** A body that is read as a whole is locked: it is left behind, and its connection ends by the signal. */
  #untilCancelled(text: Promise<string>): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#onCancel = reject;
      text.then(resolve, reject);
    });
  }

  async #textOfPieces(): Promise<string> {
    const pieces = new TextPieces();
    let text = "";
    for (let piece = await this.read(); piece !== undefined; piece = await this.read()) {
      text += pieces.push(piece);
    }
    return text + pieces.end();
  }

  #finish(): undefined {
    this.isWhole = true;
    this.#guard.onEnd();
  }
}

/**
 * Whether a body is so short that it comes in one piece: that costs less as a whole. What is announced
 * holds for neither a body that is unpacked nor one in chunks, which may be of any length.
 */
function isShort({ headers }: Response, most: number): boolean {
  const announced = headers.get("content-length");
  if (announced === null) return false;
  if (headers.has("content-encoding") || headers.has("transfer-encoding")) return false;
  return Number(announced) <= Math.min(SHORT_BODY_BYTES, most);
}

function tryToParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A body for those who read streams, piece by piece as they ask for it. */
function streamOf(body: GuardedBody): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const piece = await body.read();
      if (piece === undefined) controller.close();
      else controller.enqueue(new Uint8Array(piece));
    },
    cancel: (reason) => body.cancel(reason),
  }, { highWaterMark: 0 });
}

/** Counts the bytes after the last empty line, which ends an event. */
class OpenEvent {
  #size = 0;
  /** Whether the last piece ended a line, but for a carriage return that may follow. */
  #endsLine = false;

  /** Takes the next bytes, and gives how long the event is that is open after them. */
  push(piece: Uint8Array): number {
    const last = lastEmptyLine(piece, this.#endsLine);
    this.#size = last === undefined ? this.#size + piece.length : piece.length - last - 1;
    this.#endsLine = piece.at(-1) === LINE_FEED ||
      (piece.at(-1) === CARRIAGE_RETURN &&
        (piece.length === 1 ? this.#endsLine : piece.at(-2) === LINE_FEED));
    return this.#size;
  }
}

/** Gives where the last empty line of a piece ends, of which the first may have begun before it. */
function lastEmptyLine(piece: Uint8Array, endsLine: boolean): number | undefined {
  for (let i = piece.lastIndexOf(LINE_FEED); i > 0; i = piece.lastIndexOf(LINE_FEED, i - 1)) {
    const before = piece[i - 1] === CARRIAGE_RETURN ? i - 2 : i - 1;
    if (before < 0 ? endsLine : piece[before] === LINE_FEED) return i;
  }
  return endsLine && piece[0] === LINE_FEED ? 0 : undefined;
}
