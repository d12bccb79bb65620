// SPDX-License-Identifier: Apache-2.0

/**
 * Writes `boot_source.ts`, what a process of the wasm tier runs: what `deno task boot` runs.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { bundleMain } from "../boot/bundle.ts";

const TARGET = new URL("./boot_source.ts", import.meta.url);

const HEADER = `// SPDX-License-Identifier: Apache-2.0
// Generated from boot.ts and worker.ts by \`deno task boot\`. Do not edit.
// WASM_WORKER_SOURCE holds the Extism JS SDK, under the licence in LICENSE-extism.
`;

if (import.meta.main) await Deno.writeTextFile(TARGET, await bundleWasmBoot());

/** Gives what `boot_source.ts` should hold. */
export async function bundleWasmBoot(): Promise<string> {
  const [boot, worker] = await Promise.all([
    bundleMain(new URL("./boot.ts", import.meta.url)),
    bundleWorker(),
  ]);
  return `${HEADER}
/** Exports \`serveWasm\`. */
export const WASM_BOOT_SOURCE: string = ${JSON.stringify(boot)};

/** What the workers run. */
export const WASM_WORKER_SOURCE: string = ${JSON.stringify(worker)};
`;
}

/**
 * The platform decides which build of a package is taken: that of browsers needs no system. The SDK of
 * the worker is needed here only: it is bundled, and not imported by what is published.
 */
async function bundleWorker(): Promise<string> {
  const main = fileURLToPath(new URL("./worker.ts", import.meta.url));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--lock=dev.lock", "--platform", "browser", main],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot bundle worker.ts: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
