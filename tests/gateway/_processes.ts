// SPDX-License-Identifier: Apache-2.0

/** The processes under a process, and those under them. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`).catch(() => "");
  const threads = await Array.fromAsync(Deno.readDir(`/proc/${pid}/task`)).catch(() => []);
  const others = await Promise.all(
    threads.filter(({ name }) => name !== String(pid)).map(({ name }) =>
      Deno.readTextFile(`/proc/${pid}/task/${name}/children`).catch(() => "")
    ),
  );
  const pids = [text, ...others].join(" ").split(" ").filter((part) => part.trim() !== "")
    .map(Number);
  return [...pids, ...(await Promise.all(pids.map(childrenOf))).flat()];
}

/** Whether a process is there and has not ended, though nobody may have asked how. */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "State: Z");
  return !/^State:\s+[ZX]/m.test(status);
}

/** Lets others go on; for loops that wait for what another process does. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
