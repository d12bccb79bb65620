// SPDX-License-Identifier: Apache-2.0

/**
 * The worker in which a WebAssembly module runs: one call at a time, each with an instance of its own,
 * so that nothing of a call is left for the next one.
 *
 * @module
 */

import "./_hide_process.ts";
import createPlugin from "npm:@extism/extism@^1.0.3";
import type { WasmAnswer, WasmCall } from "./wasm_runner.ts";

/** What of a worker's globals is used; the types know only those of a main module. */
declare const self: {
  onmessage: (event: MessageEvent<WasmCall>) => void;
  postMessage(answer: WasmAnswer): void;
};

/** What a module asks for when its language's library expects a system; it gets one that is empty. */
const WASI = "wasi_snapshot_preview1";

self.onmessage = async ({ data }) => self.postMessage(await answer(data));

async function answer(call: WasmCall): Promise<WasmAnswer> {
  try {
    return { text: await run(call) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function run({ module, name, input }: WasmCall): Promise<string> {
  const useWasi = WebAssembly.Module.imports(module).some((wanted) => wanted.module === WASI);
  const plugin = await createPlugin({ wasm: [{ module }] }, { useWasi, allowedHosts: [] });
  try {
    const output = await plugin.call(name, input);
    return output?.text() ?? "";
  } finally {
    await plugin.close();
  }
}
