// SPDX-License-Identifier: Apache-2.0

/**
 * Writes `boot_source.ts`, the boot and all that it needs as one text: what `deno task boot` runs.
 *
 * A plugin's process finds no package and no configuration, so its main module must need none.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const TARGET = new URL("./boot_source.ts", import.meta.url);

const HEADER = `// SPDX-License-Identifier: Apache-2.0
// Generated from boot.ts by \`deno task boot\`. Do not edit.

/** The main module of every plugin's process. */
`;

const LIBRARY_READER = "fromBinary(FileDescriptorProtoSchema, base64Decode(b64))";
const OWN_READER = "readFileDescriptor(base64Decode(b64))";
const IMPORT_READER = `import { readFileDescriptor } from "./reader.js";\n`;

if (import.meta.main) await Deno.writeTextFile(TARGET, await bundleBoot());

/** Gives what `boot_source.ts` should hold. */
export async function bundleBoot(): Promise<string> {
  const boot = await bundleMain(new URL("./boot.ts", import.meta.url));
  return HEADER + `export const BOOT_SOURCE: string = ${JSON.stringify(boot)};\n`;
}

/**
 * Bundles the main module of a plugin's process, in two steps: between them our reader of descriptors
 * takes the place of that of `@bufbuild/protobuf`, so that the second leaves out what that needs.
 */
export async function bundleMain(main: URL): Promise<string> {
  const [whole, reader] = await Promise.all([
    bundle(main),
    bundle(new URL("./_file_descriptor.ts", import.meta.url)),
  ]);
  const parts = whole.split(LIBRARY_READER);
  if (parts.length !== 2) throw new Error("Cannot bundle the boot: the library has changed");
  const folder = await Deno.makeTempDir({ prefix: "sigil-boot-" });
  try {
    await Deno.writeTextFile(join(folder, "reader.js"), reader);
    await Deno.writeTextFile(join(folder, "main.js"), IMPORT_READER + parts.join(OWN_READER));
    return await bundle(pathToFileURL(join(folder, "main.js")), "--minify");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function bundle(main: URL, ...flags: readonly string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "deno", ...flags, fileURLToPath(main)],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot bundle the boot: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
