// SPDX-License-Identifier: Apache-2.0

import type {
  DescMessage,
  DescMethod,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  Message,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { MAX_MESSAGE_BYTES } from "./_frame.ts";
import { codecOf } from "./_message_codec.ts";
import { ProtocolError } from "./_protocol_error.ts";
import type { IncomingCall } from "./incoming_call.ts";
import { pathOf } from "./rpc_caller.ts";
import { STATUS } from "./status.ts";

/** On whose behalf a method runs. */
export interface RpcContext {
  /** Aborts when the caller no longer waits. */
  readonly signal: AbortSignal;
  /** How long the caller waits, in milliseconds; 0 is no limit. */
  readonly timeoutMs: number;
}

/**
 * A stream of answers. A handler that has all of them gives a list, which goes out in one piece; one
 * with many small answers gives what sends them, which spares a promise for each.
 */
export type RpcAnswers<T> =
  | AsyncIterable<T>
  | SendAnswers<T>
  | Promise<AsyncIterable<T> | SendAnswers<T> | readonly T[]>;

/** Sends answers, and resolves when there are no more. */
export type SendAnswers<T> = (answers: AnswerSender<T>) => Promise<void>;

/** Where answers are sent. */
export interface AnswerSender<T> {
  /** Whether nobody waits for more: then nothing that is sent will arrive. */
  readonly closed: boolean;
  /** Sends one; gives a promise only when there is something to wait for before the next one. */
  send(answer: T): Promise<void> | undefined;
  /** Sends the last one. */
  finish(answer: T): Promise<void> | undefined;
}

/** Answers one method. */
export type RpcHandler<M extends DescMethod> = M extends DescMethodUnary<infer I, infer O>
  ? (request: MessageShape<I>, context: RpcContext) => Promise<MessageInitShape<O>>
  : M extends DescMethodServerStreaming<infer I, infer O>
    ? (request: MessageShape<I>, context: RpcContext) => RpcAnswers<MessageInitShape<O>>
  : never;

/** Answers every method of a service. */
export type RpcHandlers<S extends DescService> = {
  readonly [K in keyof S["method"]]: RpcHandler<S["method"][K]>;
};

/** Why a call failed, for the other side. */
export interface RpcFailure {
  /** One of `STATUS`, not ok. */
  readonly status: number;
  /** Why. */
  readonly text: string;
}

/** Options of {@linkcode serveServices}. */
export interface ServeOptions {
  /** What the other side is told of an error that a handler threw. */
  readonly toFailure: (error: unknown) => RpcFailure;
  /** Told when the other side broke the protocol. */
  readonly onBreach: (error: ProtocolError) => void;
}

/** A service with what answers it; made by {@linkcode service}. */
export interface ServedService {
  readonly methods: ReadonlyMap<string, ServedMethod>;
}

interface ServedMethod {
  readonly method: DescMethod;
  readonly run: (request: Message, context: RpcContext) => unknown;
}

/** Joins a service with what answers it. */
export function service<S extends DescService>(schema: S, handlers: RpcHandlers<S>): ServedService {
  const byName: Readonly<Record<string, unknown>> = handlers;
  const methods = schema.methods.map((method): [string, ServedMethod] => {
    const handler = byName[method.localName];
    if (typeof handler !== "function") throw new TypeError(`No handler for ${pathOf(method)}`);
    return [pathOf(method), { method, run: (...args) => handler(...args) }];
  });
  return { methods: new Map(methods) };
}

/** Gives what answers each call of a connection with one of the services. It never rejects. */
export function serveServices(
  services: readonly ServedService[],
  options: ServeOptions,
): (call: IncomingCall) => Promise<void> {
  const methods = new Map(services.flatMap((served) => [...served.methods]));
  return async (call) => {
    const served = methods.get(call.path);
    if (served !== undefined) return await answer(call, served, options);
    call.end(STATUS.unimplemented, `There is no method ${call.path}`);
  };
}

async function answer(
  call: IncomingCall,
  { method, run }: ServedMethod,
  options: ServeOptions,
): Promise<void> {
  try {
    const request = decodeRequest(method.input, call.request);
    const result = run(request, contextOf(call));
    if (method.methodKind === "unary") await call.finish(encodeAnswer(method, await result));
    else await answerStream(call, method, result);
  } catch (error) {
    if (error instanceof ProtocolError) return options.onBreach(error);
    const { status, text } = options.toFailure(error);
    call.end(status, text);
  }
}

async function answerStream(
  call: IncomingCall,
  method: DescMethod,
  result: unknown,
): Promise<void> {
  const answers = await (result as RpcAnswers<unknown>);
  if (typeof answers === "function") {
    await answers(senderOf(call, method));
    return call.end(STATUS.ok, "");
  }
  if (Symbol.iterator in answers) return await answerList(call, method, answers);
  for await (const item of answers) {
    const sent = call.send(encodeAnswer(method, item));
    if (sent !== undefined) await sent;
    if (call.closed) return;
  }
  call.end(STATUS.ok, "");
}

function senderOf(call: IncomingCall, method: DescMethod): AnswerSender<unknown> {
  return {
    get closed() {
      return call.closed;
    },
    send: (answer) => call.send(encodeAnswer(method, answer)),
    finish: (answer) => call.finish(encodeAnswer(method, answer)),
  };
}

async function answerList(
  call: IncomingCall,
  method: DescMethod,
  answers: readonly unknown[],
): Promise<void> {
  const last = answers.length - 1;
  for (let index = 0; index < last; index++) {
    const sent = call.send(encodeAnswer(method, answers[index]));
    if (sent !== undefined) await sent;
  }
  if (last < 0) call.end(STATUS.ok, "");
  else await call.finish(encodeAnswer(method, answers[last]));
}

/** The signal costs as much as a small call, so it is made when it is asked for. */
function contextOf(call: IncomingCall): RpcContext {
  return {
    get signal() {
      return call.signal;
    },
    timeoutMs: call.timeoutMs,
  };
}

function decodeRequest(schema: DescMessage, bytes: Uint8Array): Message {
  try {
    return codecOf(schema).decode(bytes);
  } catch (cause) {
    throw new ProtocolError(`it sent bytes that are no ${schema.typeName}`, { cause });
  }
}

function encodeAnswer(method: DescMethod, answer: unknown): Uint8Array {
  const bytes = codecOf(method.output).encode(answer as MessageInitShape<DescMessage>);
  if (bytes.length <= MAX_MESSAGE_BYTES) return bytes;
  throw new RangeError(`An answer of ${bytes.length} bytes is over ${MAX_MESSAGE_BYTES}`);
}
