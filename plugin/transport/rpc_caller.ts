// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { MAX_MESSAGE_BYTES } from "./_frame.ts";
import type { CallEnd, OutgoingCall } from "./_outgoing_call.ts";
import { ProtocolError } from "./_protocol_error.ts";
import type { FrameConnection } from "./frame_connection.ts";
import { STATUS } from "./status.ts";

/** A method with a request of type `I` and one answer, or several, of type `O`. */
export type RpcMethod<I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly input: I;
  readonly output: O;
};

/** Options of a call. */
export interface RpcCallOptions {
  /** How long the whole answer may take, in milliseconds; 0 is no limit. */
  readonly timeoutMs: number;
  /** When it aborts, the call is cancelled and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What an {@linkcode RpcCaller} makes of the ways in which a call can fail. */
export interface RpcFailures {
  /** The other side ended the call with a status that is not ok. */
  ended(path: string, end: CallEnd): Error;
  /** The deadline passed. */
  timeout(path: string, timeoutMs: number): Error;
  /** The request is larger than {@linkcode MAX_MESSAGE_BYTES}. */
  tooLarge(path: string, bytes: number): Error;
}

/** Timers go no further. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Makes calls with messages over a connection. */
export class RpcCaller {
  readonly #connection: FrameConnection;
  readonly #failures: RpcFailures;
  readonly #refusal: () => Error | undefined;

  /** `refusal` gives what new calls are refused with, if they are. */
  constructor(
    connection: FrameConnection,
    failures: RpcFailures,
    refusal: () => Error | undefined = () => undefined,
  ) {
    this.#connection = connection;
    this.#failures = failures;
    this.#refusal = refusal;
  }

  /** Calls a method that has one answer. */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    input: MessageInitShape<I>,
    options: RpcCallOptions,
  ): Promise<MessageShape<O>> {
    const path = pathOf(method);
    const { call, release } = this.#begin(path, encode(method.input, input), options);
    try {
      const answer = this.#check(path, await call.read());
      if (answer === undefined) throw this.#breach(`it ended ${path} without an answer`);
      const more = this.#check(path, await call.read());
      if (more !== undefined) throw this.#breach(`it answered ${path} more than once`);
      return this.#decode(method, answer);
    } finally {
      release();
    }
  }

  /** Calls a method that has a stream of answers. Breaking out of the loop cancels the call. */
  async *stream<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    input: MessageInitShape<I>,
    options: RpcCallOptions,
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    const path = pathOf(method);
    const { call, release } = this.#begin(path, encode(method.input, input), options);
    try {
      for (;;) {
        const answer = this.#check(path, await call.read());
        if (answer === undefined) return;
        yield this.#decode(method, answer);
      }
    } finally {
      release();
      call.cancel(STATUS.canceled, new Error("The reader left"));
    }
  }

  #begin(path: string, message: Uint8Array, options: RpcCallOptions): Begun {
    options.signal?.throwIfAborted();
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    if (message.length > MAX_MESSAGE_BYTES) throw this.#failures.tooLarge(path, message.length);
    const { timeoutMs } = options;
    if (!(timeoutMs >= 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
      throw new RangeError(`A call cannot have a limit of ${timeoutMs} ms`);
    }
    const call = this.#connection.call({ path, message, timeoutMs });
    return { call, release: this.#limit(path, call, options) };
  }

  /** Cancels the call when its time is over or its signal aborts, until it is released. */
  #limit(path: string, call: OutgoingCall, { timeoutMs, signal }: RpcCallOptions): () => void {
    const timer = timeoutMs === 0 ? undefined : setTimeout(() => {
      call.cancel(STATUS.deadline_exceeded, this.#failures.timeout(path, timeoutMs));
    }, timeoutMs);
    const abort = () => call.cancel(STATUS.canceled, signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
  }

  /** Gives a message, or `undefined` at the end of the answer. */
  #check(path: string, answer: Uint8Array | CallEnd): Uint8Array | undefined {
    if (answer instanceof Uint8Array) return answer;
    if (answer.status === STATUS.ok) return undefined;
    throw this.#failures.ended(path, answer);
  }

  #decode<O extends DescMessage>(
    method: RpcMethod<DescMessage, O>,
    bytes: Uint8Array,
  ): MessageShape<O> {
    try {
      return fromBinary(method.output, bytes);
    } catch (cause) {
      throw this.#breach(`it sent bytes that are no ${method.output.typeName}`, cause);
    }
  }

  /** The connection ends, and every call with it: this one is told the same as the others. */
  #breach(message: string, cause?: unknown): unknown {
    this.#connection.breach(new ProtocolError(message, { cause }));
    return this.#connection.closedWith ?? new ProtocolError(message, { cause });
  }
}

interface Begun {
  readonly call: OutgoingCall;
  readonly release: () => void;
}

const paths = new WeakMap<DescMethod, string>();

/** Names a method, such as `plugin.v1.Tool/Execute`. */
export function pathOf(method: DescMethod): string {
  const known = paths.get(method);
  if (known !== undefined) return known;
  const path = `${method.parent.typeName}/${method.name}`;
  paths.set(method, path);
  return path;
}

/** Encodes a message, or what one is made of. */
export function encode<D extends DescMessage>(schema: D, init: MessageInitShape<D>): Uint8Array {
  return toBinary(schema, create(schema, init));
}
