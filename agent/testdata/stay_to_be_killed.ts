// SPDX-License-Identifier: Apache-2.0

/** Writes that the point is reached, and waits to be killed. */
export async function stayToBeKilled(): Promise<never> {
  await writeLine("reached");
  setInterval(() => {}, 1_000_000);
  return await new Promise<never>(() => {});
}

/** Writes a line for whoever started this process. */
export async function writeLine(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}
