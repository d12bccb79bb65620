// SPDX-License-Identifier: Apache-2.0

import { PluginError } from "../errors.ts";
import type { RpcFailures } from "../transport/rpc_caller.ts";
import { STATUS } from "../transport/status.ts";

/** What callers of a plugin are told when a call fails. */
export function callFailures(plugin: string): RpcFailures {
  return {
    ended(path, { status, text }) {
      const code = status === STATUS.unimplemented ? "unsupported" : "failed";
      return new PluginError(code, message(plugin, path, text), { plugin });
    },
    timeout(path, timeoutMs) {
      const why = `no answer in ${timeoutMs} ms`;
      return new PluginError("timeout", message(plugin, path, why), { plugin });
    },
    tooLarge(path, bytes) {
      return new RangeError(message(plugin, path, `the request has ${bytes} bytes`));
    },
  };
}

function message(plugin: string, path: string, why: string): string {
  return `Cannot call ${path} of plugin "${plugin}": ${why || "no reason given"}`;
}
