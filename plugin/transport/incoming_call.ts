// SPDX-License-Identifier: Apache-2.0

import { FRAME, HEADER_BYTES, MAX_END_TEXT_BYTES, WINDOW_BYTES } from "./_frame.ts";
import type { FrameWriter } from "./_frame_writer.ts";
import { ProtocolError } from "./_protocol_error.ts";
import { STATUS } from "./status.ts";

const encoder = new TextEncoder();

/** What an {@linkcode IncomingCall} needs of its connection. */
export interface IncomingCallOptions {
  readonly id: number;
  readonly path: string;
  readonly request: Uint8Array;
  readonly timeoutMs: number;
  readonly writer: FrameWriter;
  /** Told once, when the call is over. */
  readonly onEnd: () => void;
}

/** A call that the other side made of us. */
export class IncomingCall {
  /** The method, such as `plugin.v1.Tool/Execute`. */
  readonly path: string;
  /** The request, encoded. */
  readonly request: Uint8Array;
  /** How long the caller waits, in milliseconds; 0 is no limit. */
  readonly timeoutMs: number;
  readonly #id: number;
  readonly #writer: FrameWriter;
  readonly #onEnd: () => void;
  #credit = WINDOW_BYTES;
  #abort: AbortController | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(options: IncomingCallOptions) {
    this.#id = options.id;
    this.path = options.path;
    this.request = options.request;
    this.timeoutMs = options.timeoutMs;
    this.#writer = options.writer;
    this.#onEnd = options.onEnd;
  }

  /** Whether it is over: nothing that is sent will arrive. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Aborts when the caller no longer waits. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#closed) this.#abort.abort();
    return this.#abort.signal;
  }

  /**
   * Sends one message of the answer, which is copied; gives a promise only when there is something to
   * wait for.
   */
  send(message: Uint8Array): Promise<void> | undefined {
    if (this.#blocked) return this.#sendLater(FRAME.message, message.slice());
    this.#write(FRAME.message, message);
    return undefined;
  }

  /** Sends the last message of the answer, as {@linkcode send} does. */
  finish(message: Uint8Array): Promise<void> | undefined {
    if (this.#blocked) return this.#sendLater(FRAME.last, message.slice());
    this.#write(FRAME.last, message);
    return undefined;
  }

  /** Ends the answer, or fails the call. */
  end(status: number, text: string): void {
    if (this.#closed) return;
    const bytes = encoder.encode(text).subarray(0, MAX_END_TEXT_BYTES);
    const payload = this.#writer.frame(FRAME.end, this.#id, 1 + bytes.length);
    payload[0] = status;
    payload.set(bytes, 1);
    this.#close();
  }

  /** The caller no longer waits. */
  cancel(): void {
    this.end(STATUS.canceled, "");
    this.#abort?.abort();
  }

  /** The caller has read more. */
  addCredit(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > WINDOW_BYTES) {
      throw new ProtocolError("it gave credit for what it was not sent");
    }
    this.#wake?.();
  }

  get #blocked(): boolean {
    return !this.#closed && (this.#credit <= 0 || this.#writer.full);
  }

  async #sendLater(type: number, message: Uint8Array): Promise<void> {
    while (this.#blocked) await this.#unblocked();
    this.#write(type, message);
  }

  #unblocked(): Promise<void> {
    if (this.#credit > 0) return this.#writer.drained();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }

  #write(type: number, message: Uint8Array): void {
    if (this.#closed) return;
    this.#credit -= HEADER_BYTES + message.length;
    this.#writer.frame(type, this.#id, message.length).set(message);
    if (type === FRAME.last) this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.();
    this.#onEnd();
  }
}
