// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { Deadlines } from "./_deadlines.ts";
import { MAX_MESSAGE_BYTES } from "./_frame.ts";
import { codecOf } from "./_message_codec.ts";
import type { CallEnd, OutgoingCall } from "./_outgoing_call.ts";
import { ProtocolError } from "./_protocol_error.ts";
import type { FrameConnection } from "./frame_connection.ts";
import { PolledIterator } from "./polled_iterator.ts";
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
  readonly #deadlines = new Deadlines();

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
    const { call, release } = this.#begin(method, input, options);
    try {
      const answer = this.#check(method, call.take() ?? await next(call));
      if (answer === undefined) throw this.#breach(`it ended ${pathOf(method)} without an answer`);
      const more = this.#check(method, call.take() ?? await next(call));
      if (more !== undefined) throw this.#breach(`it answered ${pathOf(method)} more than once`);
      return this.#decode(method, answer);
    } finally {
      release();
    }
  }

  /** Calls a method that has a stream of answers. Breaking out of the loop cancels the call. */
  stream<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    input: MessageInitShape<I>,
    options: RpcCallOptions,
  ): PolledIterator<MessageShape<O>> {
    return new AnswerStream(
      () => this.#begin(method, input, options),
      (call) => this.#poll(method, call),
    );
  }

  #begin<I extends DescMessage>(
    method: RpcMethod<I, DescMessage>,
    input: MessageInitShape<I>,
    options: RpcCallOptions,
  ): Begun {
    options.signal?.throwIfAborted();
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    const message = codecOf(method.input).encode(input);
    if (message.length > MAX_MESSAGE_BYTES) {
      throw this.#failures.tooLarge(pathOf(method), message.length);
    }
    const { timeoutMs } = options;
    if (!(timeoutMs >= 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
      throw new RangeError(`A call cannot have a limit of ${timeoutMs} ms`);
    }
    const call = this.#connection.call({ path: pathBytesOf(method), message, timeoutMs });
    return { call, release: this.#limit(method, call, options) };
  }

  /** Cancels the call when its time is over or its signal aborts, until it is released. */
  #limit(
    method: DescMethod,
    call: OutgoingCall,
    { timeoutMs, signal }: RpcCallOptions,
  ): () => void {
    if (timeoutMs === 0 && signal === undefined) return noLimit;
    const deadline = timeoutMs === 0 ? undefined : this.#deadlines.add(timeoutMs, () => {
      call.cancel(STATUS.deadline_exceeded, this.#failures.timeout(pathOf(method), timeoutMs));
    });
    const abort = () => call.cancel(STATUS.canceled, signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    return () => {
      if (deadline !== undefined) this.#deadlines.delete(deadline);
      signal?.removeEventListener("abort", abort);
    };
  }

  #poll<O extends DescMessage>(
    method: RpcMethod<DescMessage, O>,
    call: OutgoingCall,
  ): IteratorResult<MessageShape<O>, undefined> | undefined {
    const answer = call.take();
    if (answer === undefined) return undefined;
    const message = this.#check(method, answer);
    if (message === undefined) return { done: true, value: undefined };
    return { done: false, value: this.#decode(method, message) };
  }

  /** Gives a message, or `undefined` at the end of the answer. */
  #check(method: DescMethod, answer: Uint8Array | CallEnd): Uint8Array | undefined {
    if (answer instanceof Uint8Array) return answer;
    if (answer.status === STATUS.ok) return undefined;
    throw this.#failures.ended(pathOf(method), answer);
  }

  #decode<O extends DescMessage>(
    method: RpcMethod<DescMessage, O>,
    bytes: Uint8Array,
  ): MessageShape<O> {
    try {
      return codecOf(method.output).decode(bytes) as MessageShape<O>;
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

function noLimit(): void {}

/** Nobody reads it: to make one for each call would only collect stacks. */
const LEFT = new Error("The reader left");

async function next(call: OutgoingCall): Promise<Uint8Array | CallEnd> {
  for (;;) {
    await call.ready();
    const answer = call.take();
    if (answer !== undefined) return answer;
  }
}

/** The answers of one call, which is made when the first of them is asked for. */
class AnswerStream<T> extends PolledIterator<T> {
  readonly #begin: () => Begun;
  readonly #poll: (call: OutgoingCall) => IteratorResult<T, undefined> | undefined;
  #begun: Begun | undefined;

  constructor(
    begin: () => Begun,
    poll: (call: OutgoingCall) => IteratorResult<T, undefined> | undefined,
  ) {
    super();
    this.#begin = begin;
    this.#poll = poll;
  }

  override poll(): IteratorResult<T, undefined> | undefined {
    this.#begun ??= this.#begin();
    return this.#poll(this.#begun.call);
  }

  override ready(): Promise<void> {
    return this.#begun?.call.ready() ?? Promise.resolve();
  }

  protected override leave(): void {
    this.#begun?.release();
    this.#begun?.call.cancel(STATUS.canceled, LEFT);
  }
}

interface NamedMethod {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const names = new WeakMap<DescMethod, NamedMethod>();

/** Names a method, such as `plugin.v1.Tool/Execute`. */
export function pathOf(method: DescMethod): string {
  return nameOf(method).path;
}

function pathBytesOf(method: DescMethod): Uint8Array {
  return nameOf(method).bytes;
}

function nameOf(method: DescMethod): NamedMethod {
  const known = names.get(method);
  if (known !== undefined) return known;
  const path = `${method.parent.typeName}/${method.name}`;
  const name = { path, bytes: new TextEncoder().encode(path) };
  names.set(method, name);
  return name;
}
