// SPDX-License-Identifier: Apache-2.0

const made: string[] = [];

globalThis.addEventListener("unload", () => {
  for (const path of made) Deno.removeSync(path, { recursive: true });
});

/** Makes an empty folder, which is removed with all that is in it when the tests of the file are over. */
export async function makeTempDir(): Promise<string> {
  const path = await Deno.makeTempDir({ prefix: "sigil_gateway_" });
  made.push(path);
  return path;
}
