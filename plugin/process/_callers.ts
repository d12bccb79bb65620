// SPDX-License-Identifier: Apache-2.0

import type { RpcCaller } from "../transport/rpc_caller.ts";
import type { PluginProcess } from "./plugin_process.ts";

/** What each process is called through, for those who need more than its services. */
export const callers: WeakMap<PluginProcess, RpcCaller> = new WeakMap();
