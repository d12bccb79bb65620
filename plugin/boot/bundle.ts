// SPDX-License-Identifier: Apache-2.0

/**
 * Writes `boot_source.ts`, the boot and all that it needs as one text: what `deno task boot` runs.
 *
 * A plugin's process finds no package and no configuration, so its main module must need none.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const TARGET = new URL("./boot_source.ts", import.meta.url);

const HEADER = `// SPDX-License-Identifier: Apache-2.0
// Generated from boot.ts by \`deno task boot\`. Do not edit.

/** The main module of every plugin's process. */
`;

if (import.meta.main) await Deno.writeTextFile(TARGET, await bundleBoot());

/** Gives what `boot_source.ts` should hold. */
export async function bundleBoot(): Promise<string> {
  const main = fileURLToPath(new URL("./boot.ts", import.meta.url));
  const command = new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--platform", "deno", main],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot bundle the boot: ${decoder.decode(stderr)}`);
  return HEADER + `export const BOOT_SOURCE: string = ${JSON.stringify(decoder.decode(stdout))};\n`;
}
