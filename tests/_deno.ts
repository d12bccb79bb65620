// SPDX-License-Identifier: Apache-2.0

/** How a spawned deno ended, and what it said. */
export interface DenoResult {
  /** Its exit code. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** What it complained of. */
  readonly stderr: string;
}

/** Runs deno with these arguments and gives what came of it. */
export async function runDeno(
  args: readonly string[],
  options: { readonly cwd?: string | URL; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<DenoResult> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { NO_COLOR: "1", ...options.env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
