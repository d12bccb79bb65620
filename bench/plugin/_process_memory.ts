// SPDX-License-Identifier: Apache-2.0

const KILOBYTES_PER_MEGABYTE = 1024;

/** Gives the proportional memory of a process and all that it started, in megabytes. */
export async function treePssMb(pid: number): Promise<number> {
  const children = await childrenOf(pid);
  const parts = await Promise.all(children.map(treePssMb));
  return parts.reduce(
    (sum, part) => sum + part,
    await readMb(`/proc/${pid}/smaps_rollup`, "Pss"),
  );
}

/** Gives the resident memory of a process, in megabytes. */
export function rssMb(pid: number): Promise<number> {
  return readMb(`/proc/${pid}/status`, "VmRSS");
}

async function readMb(file: string, key: string): Promise<number> {
  const text = await Deno.readTextFile(file);
  const kilobytes = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
  return Number(kilobytes) / KILOBYTES_PER_MEGABYTE;
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const children: number[] = [];
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/children`);
    children.push(...text.split(" ").filter((id) => id !== "").map(Number));
  }
  return children;
}
