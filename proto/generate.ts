// SPDX-License-Identifier: Apache-2.0

/**
 * Checks the contracts in this folder and writes `gen/` from them: what `deno task proto` runs.
 *
 * `baseline.binpb` is what the contracts were last time. A change that breaks those who speak them
 * is refused; any other becomes part of the baseline, so that it cannot be taken back unseen.
 *
 * @module
 */

import { join } from "node:path";
import { ROOT, runBuf } from "./_buf.ts";

const STEPS: readonly (readonly string[])[] = [
  ["lint", "proto"],
  ["breaking", "proto", "--against", "proto/baseline.binpb"],
  ["generate", "proto", "--template", "proto/buf.gen.yaml"],
  ["build", "proto", "--exclude-source-info", "-o", "proto/baseline.binpb"],
];

if (import.meta.main) Deno.exit(await generate());

async function generate(): Promise<number> {
  for (const step of STEPS) {
    if (step[0] === "generate") await removeGenerated(join(ROOT, "gen"));
    const { code, output } = await runBuf(...step);
    if (output !== "") await Deno.stderr.write(new TextEncoder().encode(output));
    if (code !== 0) return code;
  }
  return 0;
}

/** Files whose source is gone must go too; buf's own `clean` would take the whole folder. */
async function removeGenerated(folder: string): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) await removeGenerated(path);
    else if (entry.name.endsWith("_pb.ts")) await Deno.remove(path);
  }
}
