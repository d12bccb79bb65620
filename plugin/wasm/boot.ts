// SPDX-License-Identifier: Apache-2.0

/**
 * Serves a WebAssembly module as a plugin. The main module of its process imports the module, which
 * takes no permission, and calls {@linkcode serveWasm}.
 *
 * @module
 */

import { keepStdout } from "../boot/_keep_stdout.ts";
import { stdioPipe } from "../boot/_stdio_pipe.ts";
import { servePlugin } from "../boot/serve_plugin.ts";
import { wasmPlugin } from "./wasm_plugin.ts";
import { WasmRunner } from "./wasm_runner.ts";

/** How long a call may take, for those that nobody cancels. */
const CALL_LIMIT_MS = 30_000;

/** How long a call may go on that was cancelled. */
const GRACE_MS = 1000;

/** Answers the host's calls with a module. */
export function serveWasm(module: WebAssembly.Module, workerSource: string): void {
  const pipe = stdioPipe();
  keepStdout();
  const runner = new WasmRunner({
    module,
    workerSource,
    timeoutMs: CALL_LIMIT_MS,
    graceMs: GRACE_MS,
    onStuck,
  });
  servePlugin({ pipe, load: () => wasmPlugin(module, runner), onEnd: () => Deno.exit(0) });
}

/** The host starts the plugin again, as after any crash. */
function onStuck(): void {
  Deno.stderr.writeSync(new TextEncoder().encode("A call was cancelled and did not end\n"));
  Deno.exit(1);
}
