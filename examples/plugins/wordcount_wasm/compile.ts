// SPDX-License-Identifier: Apache-2.0

/**
 * Compiles plugin.ts, which is AssemblyScript, into plugin.wasm: what `deno task wasm` runs.
 *
 * @module
 */

import { main } from "npm:assemblyscript@0.28.20/asc";

const OPTIONS = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--use", "abort="];

/** Where the compiler looks for the files of the package that the plugin imports. */
const PACKAGE_FILE = /^node_modules\/@extism\/as-pdk\/(.+)$/;

/** Where Deno keeps them, once `dev.lock` names the package. */
const PACKAGE = "npm:@extism/as-pdk@^1.0.0";

const SOURCE = new URL("plugin.ts", import.meta.url);

if (import.meta.main) {
  await Deno.writeFile(new URL("plugin.wasm", import.meta.url), await compileWasm(SOURCE));
}

/** Compiles an AssemblyScript file, plugin.ts when none is given. */
export async function compileWasm(source: URL = SOURCE): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await main(["plugin.ts", "--outFile", "plugin.wasm", ...OPTIONS], {
    readFile: (name: string) =>
      name === "plugin.ts" ? Deno.readTextFile(source) : readPackage(name),
    writeFile: (_name: string, contents: string | Uint8Array) => {
      if (typeof contents !== "string") binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) throw new Error(stderr.toString(), { cause: error });
  return binary;
}

async function readPackage(name: string): Promise<string | null> {
  const [, file] = PACKAGE_FILE.exec(name) ?? [];
  if (file === undefined) return null;
  try {
    return await Deno.readTextFile(new URL(import.meta.resolve(`${PACKAGE}/${file}`)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
