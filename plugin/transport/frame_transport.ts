// SPDX-License-Identifier: Apache-2.0

import type {
  DescMessage,
  DescMethodStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { StreamResponse, Transport, UnaryResponse } from "@connectrpc/connect";
import type { RpcCaller } from "./rpc_caller.ts";

/**
 * Makes a Connect transport of a caller, for `createClient()` of `@connectrpc/connect`.
 *
 * That client does not cancel a stream when its reader breaks out of the loop: give it a signal.
 *
 * @param defaultMs The limit of a call with one answer that gives none of its own; 0 is no limit.
 */
export function createFrameTransport(caller: RpcCaller, defaultMs: number): Transport {
  return {
    async unary(method, signal, timeoutMs = defaultMs, _header, input) {
      const message = await caller.unary(method, input, { signal, timeoutMs });
      return unaryResponse(method, message);
    },
    async stream(method, signal, timeoutMs = 0, _header, input) {
      const request = await onlyOne(method, input);
      const message = caller.stream(method, request, { signal, timeoutMs });
      return streamResponse(method, message);
    },
  };
}

function unaryResponse<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  message: MessageShape<O>,
): UnaryResponse<I, O> {
  return { stream: false, service: method.parent, method, message, ...noMetadata() };
}

function streamResponse<I extends DescMessage, O extends DescMessage>(
  method: DescMethodStreaming<I, O>,
  message: AsyncIterable<MessageShape<O>>,
): StreamResponse<I, O> {
  return { stream: true, service: method.parent, method, message, ...noMetadata() };
}

function noMetadata(): { header: Headers; trailer: Headers } {
  return { header: new Headers(), trailer: new Headers() };
}

async function onlyOne<I extends DescMessage>(
  method: DescMethodStreaming<I>,
  input: AsyncIterable<MessageInitShape<I>>,
): Promise<MessageInitShape<I>> {
  if (method.methodKind === "server_streaming") {
    for await (const request of input) return request;
  }
  throw new TypeError(`A plugin cannot be sent a stream: ${method.name}`);
}
