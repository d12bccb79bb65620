// SPDX-License-Identifier: Apache-2.0

import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** 1.75.0 cannot be installed: one of its platform packages is missing. */
const BUF = "npm:@bufbuild/buf@1.74.0";

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** What a run of buf gave. */
export interface BufResult {
  /** 0 when all is well. */
  readonly code: number;
  /** What it printed. */
  readonly output: string;
}

/** Runs buf at the root of the repository, where `dev.lock` says which versions to use. */
export async function runBuf(...args: readonly string[]): Promise<BufResult> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--lock=dev.lock", "-A", BUF, ...args],
    cwd: ROOT,
    env: { PATH: pathWithDeno() },
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** buf starts its plugin as `deno`, which is not on PATH everywhere. */
function pathWithDeno(): string {
  return [dirname(Deno.execPath()), Deno.env.get("PATH") ?? ""].join(delimiter);
}
