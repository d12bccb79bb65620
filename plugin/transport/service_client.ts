// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, DescMethod, DescService, MessageInitShape } from "@bufbuild/protobuf";
import type { CallOptions, Client } from "@connectrpc/connect";
import type { RpcCaller } from "./rpc_caller.ts";

/**
 * Makes a client of a service, of the type that `createClient()` of `@connectrpc/connect` makes.
 *
 * Unlike that one it cancels the call when a reader breaks out of a stream.
 *
 * @param timeoutMs The limit of a call with one answer that gives none of its own; 0 is no limit.
 */
export function createServiceClient<S extends DescService>(
  schema: S,
  caller: RpcCaller,
  timeoutMs: number,
): Client<S> {
  const methods = schema.methods.map((method) => [
    method.localName,
    clientMethod(method, caller, timeoutMs),
  ]);
  return Object.freeze(Object.fromEntries(methods));
}

function clientMethod(method: DescMethod, caller: RpcCaller, defaultMs: number): unknown {
  type Input = MessageInitShape<DescMessage>;
  switch (method.methodKind) {
    case "unary":
      return (input: Input, { signal, timeoutMs = defaultMs }: CallOptions = {}) => {
        return caller.unary(method, input, { signal, timeoutMs });
      };
    case "server_streaming":
      return (input: Input, { signal, timeoutMs = 0 }: CallOptions = {}) => {
        return caller.stream(method, input, { signal, timeoutMs });
      };
    default:
      throw new TypeError(`A plugin cannot be sent a stream: ${method.name}`);
  }
}
