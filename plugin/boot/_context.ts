// SPDX-License-Identifier: Apache-2.0

import type { CallContext, HostClient } from "../sdk/mod.ts";
import type { RpcContext } from "../transport/serve_services.ts";

/** Makes what a plugin is called with. */
export type ContextMaker = (context: RpcContext) => CallContext;

/** Joins the gateway to each call. */
export function contextMaker(host: HostClient): ContextMaker {
  return (context) => ({
    get signal() {
      return context.signal;
    },
    host,
  });
}
