// SPDX-License-Identifier: Apache-2.0

/**
 * Compiles kernel.ts into kernel_wasm.ts: `deno task kernel`.
 *
 * @module
 */

import { main } from "npm:assemblyscript@0.28.20/asc";

const OPTIONS = [
  "kernel.ts",
  ...["--outFile", "kernel.wasm"],
  ...["-O3", "--converge", "--noAssert", "--runtime", "stub"],
  ...["--enable", "simd", "--enable", "relaxed-simd"],
];

/** Compiles the kernel and gives the text of kernel_wasm.ts. */
export async function compileKernel(): Promise<string> {
  const source = await Deno.readTextFile(new URL("kernel.ts", import.meta.url));
  let binary: Uint8Array | undefined;
  const { error, stderr } = await main(OPTIONS, {
    readFile: (name: string) => name === "kernel.ts" ? source : null,
    writeFile: (_name: string, contents: string | Uint8Array) => {
      if (typeof contents !== "string") binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) throw new Error(stderr.toString(), { cause: error });
  return moduleText(binary);
}

function moduleText(binary: Uint8Array): string {
  const lines = binary.toBase64().match(/.{1,96}/g) ?? [];
  return [
    "// SPDX-License-Identifier: Apache-2.0",
    "",
    "/** kernel.ts, compiled by `deno task kernel`: inside a module it is read without permission. */",
    "export const KERNEL_WASM = `",
    ...lines,
    "`;",
    "",
  ].join("\n");
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("kernel_wasm.ts", import.meta.url), await compileKernel());
}
