// SPDX-License-Identifier: Apache-2.0

const MICROSECONDS_PER_TICK = 10_000;

/** How much memory a process has in use, in megabytes, and how much of it is its alone. */
export async function memoryOf(
  pid: number,
): Promise<{ rssMb: number; pssMb: number }> {
  const text = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  const read = (key: string) =>
    Number(new RegExp(`^${key}: +(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
  return { rssMb: read("Rss"), pssMb: read("Pss") };
}

/** How long a process has kept a core busy, in microseconds. */
export async function cpuOf(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK;
}
