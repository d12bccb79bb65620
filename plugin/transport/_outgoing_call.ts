// SPDX-License-Identifier: Apache-2.0

import { byteAt, FRAME, HEADER_BYTES, WINDOW_BYTES, writeUint32 } from "./_frame.ts";
import type { FrameWriter } from "./_frame_writer.ts";
import { ProtocolError } from "./_protocol_error.ts";
import { MAX_STATUS, STATUS } from "./status.ts";

const decoder = new TextDecoder();

/** Lies in the place of a message that was taken, so that nothing holds on to its bytes. */
const TAKEN = new Uint8Array(0);

/** So many places are kept before those of messages that were taken are given up. */
const MAX_TAKEN = 64;

/** What is asked. */
export interface CallRequest {
  /** The method, such as `plugin.v1.Tool/Execute`, in UTF-8. */
  readonly path: Uint8Array;
  /** The request, encoded. It is copied if the call has to wait for its turn. */
  readonly message: Uint8Array;
  /** How long the answer may take, in milliseconds; 0 is no limit. Only told: the caller cancels. */
  readonly timeoutMs: number;
}

/** How the other side ended a call. */
export interface CallEnd {
  /** One of `STATUS`. */
  readonly status: number;
  /** Why, if it failed. */
  readonly text: string;
}

type Outcome =
  | { readonly type: "ended"; readonly end: CallEnd }
  | { readonly type: "failed"; readonly error: unknown };

/** A call that we made: waits for its turn, is sent, and gathers the answer. */
export class OutgoingCall {
  #request: CallRequest | undefined;
  #writer: FrameWriter | undefined;
  #id = 0;
  #messages: Uint8Array[] = [];
  #next = 0;
  /** How much more the other side may send. */
  #window = WINDOW_BYTES;
  #unacknowledged = 0;
  #outcome: Outcome | undefined;
  #wake: (() => void) | undefined;

  constructor(request: CallRequest) {
    this.#request = request;
  }

  /** Whether nothing more is wanted of it: it failed or was cancelled. */
  get abandoned(): boolean {
    return this.#outcome?.type === "failed";
  }

  /** Sends the request. */
  send(writer: FrameWriter, id: number): void {
    if (this.#request === undefined) return;
    this.#writer = writer;
    this.#id = id;
    const { path, message, timeoutMs } = this.#request;
    this.#request = undefined;
    const payload = writer.frame(FRAME.call, id, 5 + path.length + message.length);
    writeUint32(payload, 0, timeoutMs);
    payload[4] = path.length;
    payload.set(path, 5);
    payload.set(message, 5 + path.length);
  }

  /** Copies the request, unless it was sent. */
  keepRequest(): void {
    if (this.#request === undefined) return;
    this.#request = { ...this.#request, message: this.#request.message.slice() };
  }

  /**
   * Gives the next message of the answer, or how the answer ended once there is no more; `undefined`
   * while there is neither.
   *
   * @throws What it was cancelled or failed with.
   */
  take(): Uint8Array | CallEnd | undefined {
    if (this.#outcome?.type === "failed") throw this.#outcome.error;
    const message = this.#messages[this.#next];
    if (message !== undefined) return this.#consume(message);
    return this.#outcome?.end;
  }

  /** Resolves when there is more to {@linkcode take}. */
  ready(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#wake;
    this.#wake = before === undefined ? resolve : () => {
      before();
      resolve();
    };
    return promise;
  }

  /** Wants nothing more of it, and tells the other side. Does nothing once the answer ended. */
  cancel(status: number, error: unknown): void {
    if (this.#outcome !== undefined) return;
    const payload = this.#writer?.frame(FRAME.cancel, this.#id, 1);
    if (payload !== undefined) payload[0] = status;
    this.fail(error);
  }

  /** Takes a message of the answer. */
  accept(payload: Uint8Array): void {
    if (this.#window <= 0) throw new ProtocolError("it sent more than it was given credit for");
    this.#window -= HEADER_BYTES + payload.length;
    if (this.#outcome !== undefined) return;
    this.#messages.push(payload);
    this.#notify();
  }

  /** Takes the end of the answer. */
  end(payload: Uint8Array | undefined): void {
    const status = payload === undefined ? STATUS.ok : byteAt(payload, 0);
    if (status > MAX_STATUS) throw new ProtocolError(`it ended a call with status ${status}`);
    const text = payload === undefined ? "" : decoder.decode(payload.subarray(1));
    this.#settle({ type: "ended", end: { status, text } });
  }

  /** Gives up: nothing more will come. */
  fail(error: unknown): void {
    this.#settle({ type: "failed", error });
    this.#messages = [];
  }

  #settle(outcome: Outcome): void {
    this.#outcome ??= outcome;
    this.#request = undefined;
    this.#notify();
  }

  #consume(message: Uint8Array): Uint8Array {
    this.#messages[this.#next++] = TAKEN;
    if (this.#next === this.#messages.length || this.#next === MAX_TAKEN) {
      this.#messages.splice(0, this.#next);
      this.#next = 0;
    }
    this.#unacknowledged += HEADER_BYTES + message.length;
    if (this.#unacknowledged >= WINDOW_BYTES / 2 && this.#outcome === undefined) {
      this.#acknowledge();
    }
    return message;
  }

  #acknowledge(): void {
    const payload = this.#writer?.frame(FRAME.credit, this.#id, 4);
    if (payload !== undefined) writeUint32(payload, 0, this.#unacknowledged);
    this.#window += this.#unacknowledged;
    this.#unacknowledged = 0;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
